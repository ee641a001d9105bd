"""What Binance may say: trades, the announcement of an end, answers to requests."""

import msgspec

from exchange_simulator.binance import frames
from exchange_simulator.binance.replies import historical_trade
from exchange_simulator.model import TakerSide, Venue
from exchange_simulator.sampling import AT, emission, pages
from exchange_simulator.venues import Answer, Samples


def samples(symbol: str, first_id: int) -> Samples:
    """Return samples. The header of an answer is the weight used."""
    sold, bought = (emission(Venue.BINANCE, symbol, side) for side in TakerSide)
    feed = [
        frames.combined(sold),
        frames.combined(bought),
        frames.raw(sold),
        frames.server_shutdown(AT // 1000, is_combined=True),
        frames.server_shutdown(AT // 1000, is_combined=False),
        msgspec.json.encode(frames.Acknowledgement(None, 1)),
        msgspec.json.encode(frames.Refusal(2, "Invalid request: too many parameters", "a")),
    ]
    bodies = [msgspec.json.encode([historical_trade(trade) for trade in page]) for page in pages(first_id)]
    return Samples({"ws": feed}, [Answer(body, b"25") for body in bodies])
