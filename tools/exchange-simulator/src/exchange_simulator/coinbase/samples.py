"""What Coinbase may say, on both feeds: trades, heartbeats, answers to requests."""

import msgspec

from exchange_simulator.coinbase import advanced_frames as advanced
from exchange_simulator.coinbase import frames
from exchange_simulator.coinbase.rest import product_trade
from exchange_simulator.model import TakerSide, Venue
from exchange_simulator.sampling import AT, emission, past
from exchange_simulator.venues import Answer, Samples


def samples(symbol: str, first_id: int) -> Samples:
    """Return samples. Answers have the newest trade first, and in their header the id that the next page begins after."""
    trades = [product_trade(trade) for trade in reversed(past(first_id))]
    answers = [Answer(msgspec.json.encode(page), b"%d" % first_id) for page in (trades, trades[:1], [])]
    return Samples({"ws": _exchange(symbol), "advanced_ws": _advanced(symbol)}, answers)


def _exchange(symbol: str) -> list[bytes]:
    sold, bought = (emission(Venue.COINBASE, symbol, side) for side in TakerSide)
    return [
        frames.match(sold),
        frames.match(bought),
        frames.last_match(sold),
        frames.heartbeat(sold, AT),
        msgspec.json.encode(frames.Subscriptions([frames.Channel("matches", [symbol])])),
        msgspec.json.encode(frames.ErrorMessage("Failed to subscribe", "XXX-USD is not a valid product")),
    ]


def _advanced(symbol: str) -> list[bytes]:
    trades = [advanced.trade(emission(Venue.COINBASE, symbol, side)) for side in TakerSide]
    told = {
        "market_trades": advanced.market_trades("update", trades[:1]),
        "heartbeats": advanced.heartbeats(AT, 3),
        "subscriptions": advanced.subscriptions({"market_trades": [symbol]}),
    }
    snapshot = advanced.enveloped("market_trades", 0, AT, advanced.market_trades("snapshot", trades))
    failure = msgspec.json.encode(advanced.Failure("authentication failure"))
    return [snapshot, failure, *(advanced.enveloped(channel, 1, AT, events) for channel, events in told.items())]
