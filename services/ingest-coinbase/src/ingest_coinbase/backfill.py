"""Past trades of Coinbase Exchange, by their ids.

Source: the exchange's REST API, "Get product trades" (newest first, at most 1,000; `side` is the maker's), "Pagination"
(`after` an id are the older ones; `CB-AFTER` names the id of the next page) and "Rate limits" (public: ten requests a
second and IP, fifteen in a burst).
"""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from coattail_common.lines import TradeLine
from coattail_connector import (
    DECODING_ERRORS,
    Answer,
    Clock,
    Gap,
    Market,
    RateLimit,
    Refusal,
    RestClient,
    TimeError,
    digits,
    either,
    fetched_trade,
    items,
    micros,
    undecodable,
    unreadable_time,
    utc_micros,
)
from ingest_coinbase.frames import MakerSide
from ingest_coinbase.naming import named
from ingest_coinbase.normalising import taker_side

_OUR_PER_SECOND: Final = 5
"""Half of what the exchange allows: other tasks ask from the same address."""
_OUR_BURST: Final = 7


class Failure(msgspec.Struct, frozen=True):
    """A refusal's body."""

    message: str


class ProductTrade(msgspec.Struct, frozen=True):
    """A past trade: `side` is the maker's, `price` and `size` decimal strings, `time` a text for `micros`."""

    trade_id: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    side: MakerSide
    size: str
    price: str
    time: str


class LooseTrade(msgspec.Struct, frozen=True):
    """The same, with each amount a string or a JSON number."""

    trade_id: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    side: MakerSide
    size: msgspec.Raw
    price: msgspec.Raw
    time: str


_decode_failure: Final = msgspec.json.Decoder(Failure).decode
_decode_loose: Final = msgspec.json.Decoder(LooseTrade).decode


def says_never(body: bytes) -> bool:
    """Whether Coinbase says that there is no such product: `{"message":"NotFound"}`."""
    try:
        return _decode_failure(body).message == "NotFound"
    except DECODING_ERRORS:
        return False


def rate_limit() -> RateLimit:
    """What one task may ask of the exchange."""
    return RateLimit(_OUR_PER_SECOND, _OUR_BURST)


class CoinbaseBackfill:
    """`Backfill` of every market that the exchange has."""

    most = 1000

    def __init__(self, rest: RestClient, *, now: Clock = utc_micros) -> None:
        self._rest = rest
        self._now = now

    async def fetch(self, gap: Gap) -> Sequence[TradeLine | Refusal]:
        """See `Backfill.fetch`. Pages back from the newest of them, until the first or until an answer holds nothing older.

        `CB-AFTER` may be missing: the oldest trade of a page says as well where the next one begins.
        """
        found: dict[int, TradeLine] = {}
        refused: list[Refusal] = []
        after = gap.last + 1
        while after > gap.first:
            answer = await self._ask(gap.symbol, after=str(after), limit=str(min(after - gap.first, self.most)))
            before, after = after, min(after, answer.number("CB-AFTER") or after)
            for one in self._read(gap.symbol, answer):
                if isinstance(one, Refusal):
                    refused.append(one)
                    continue
                after = min(after, one.trade_id)
                if gap.first <= one.trade_id <= gap.last:
                    found[one.trade_id] = one
            if after == before:
                break
        return [*refused, *(found[trade_id] for trade_id in sorted(found))]

    async def latest(self, symbol: str) -> int | None:
        """See `Backfill.latest`."""
        read = self._read(symbol, await self._ask(symbol, limit="1"))
        return max((one.trade_id for one in read if isinstance(one, TradeLine)), default=None)

    async def close(self) -> None:
        """See `Backfill.close`."""
        await self._rest.close()

    async def _ask(self, symbol: str, **query: str) -> Answer:
        _, name = named(symbol)
        return await self._rest.get(f"/products/{name}/trades", query, never=says_never)

    def _read(self, symbol: str, answer: Answer) -> list[TradeLine | Refusal]:
        received_at = self._now()
        market, _ = named(symbol)
        return [_trade(market, item, received_at) for item in items(answer)]


def _loosely(item: msgspec.Raw) -> ProductTrade:
    loose = _decode_loose(item)
    size, price = digits(loose.size), digits(loose.price)
    return ProductTrade(loose.trade_id, loose.side, size, price, loose.time)


_decode: Final = either(msgspec.json.Decoder(ProductTrade).decode, _loosely)


def _trade(market: Market, item: msgspec.Raw, received_at: int) -> TradeLine | Refusal:
    try:
        past = _decode(item)
        timestamp = micros(past.time)
    except DECODING_ERRORS as error:
        return undecodable(error)
    except TimeError as error:
        return unreadable_time(error, "$.time")
    return fetched_trade(market, past.trade_id, past.price, past.size, taker_side(past.side), timestamp, received_at)
