"""The two feeds on which Coinbase tells the same trades under the same ids."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from coattail_connector import Message, StreamedMarket
from ingest_coinbase import advanced_frames, advanced_normalising, frames, normalising
from ingest_coinbase.venue import VENUE


class Feed(StrEnum):
    """Which feed is followed."""

    EXCHANGE = "exchange"
    """Coinbase Exchange: each trade as it happens, and where the market stands in every heartbeat."""
    ADVANCED = "advanced"
    """Advanced Trade: the trades of 250 ms together."""


class Dialect(msgspec.Struct, frozen=True):
    """How a feed is spoken to: its address, the opening words for products, and what a frame says."""

    address: str
    opening: Callable[[tuple[str, ...]], Sequence[bytes]]
    normalise: Callable[[Mapping[str, StreamedMarket], bytes | str, int], Sequence[Message]]


DIALECTS: Final[Mapping[Feed, Dialect]] = {
    Feed.EXCHANGE: Dialect(
        VENUE.ws_url,
        lambda products: (frames.subscription(products),),
        normalising.normalise,
    ),
    Feed.ADVANCED: Dialect(
        "wss://advanced-trade-ws.coinbase.com",
        advanced_frames.subscriptions,
        advanced_normalising.normalise,
    ),
}
