"""What Kraken may say: an update, a snapshot, the engine's status, a heartbeat, answers to requests."""

import msgspec

from exchange_simulator.kraken import frames
from exchange_simulator.kraken.rest import Answer as Body
from exchange_simulator.kraken.rest import canonical, rows
from exchange_simulator.model import Market, TakerSide, Venue
from exchange_simulator.sampling import emission, pages, past
from exchange_simulator.venues import Answer, Samples


def samples(symbol: str, first_id: int) -> Samples:
    """Return samples. Answers are pages, and errors that say never, too fast, and later."""
    market = Market(Venue.KRAKEN, symbol)
    reply = frames.Reply(
        "subscribe", "2025-12-31T23:59:59Z", "2025-12-31T23:59:59Z", error="Currency pair not supported"
    )
    feed = [
        *(frames.update(emission(Venue.KRAKEN, symbol, side)) for side in TakerSide),
        frames.snapshot(market.native, past(first_id)),
        frames.status(7),
        frames.HEARTBEAT,
        msgspec.json.encode(reply),
    ]
    errors = ("EQuery:Unknown asset pair", "EGeneral:Too many requests", "EService:Unavailable")
    bodies = [
        *(Body([], {canonical(market): rows(page), "last": "1"}) for page in pages(first_id)),
        *(Body([error]) for error in errors),
    ]
    return Samples({"ws": feed}, [Answer(msgspec.json.encode(body)) for body in bodies])
