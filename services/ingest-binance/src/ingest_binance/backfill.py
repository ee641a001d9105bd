"""Past trades of Binance spot, by their ids.

Source: the exchange's REST API, `historicalTrades` (from an id on, oldest first, at most 1,000; weight 25) and its
limits (6,000 of weight a minute and IP; `X-MBX-USED-WEIGHT-1M` tells what is used; 429 and 418 with `Retry-After`).
"""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from coattail_common.contracts import Side
from coattail_common.lines import TradeLine
from coattail_connector import (
    DECODING_ERRORS,
    Clock,
    Gap,
    Market,
    RateLimit,
    Refusal,
    RestClient,
    digits,
    either,
    fetched_trade,
    items,
    undecodable,
    utc_micros,
)
from ingest_binance.naming import named

_WEIGHT: Final = 25
_WEIGHT_A_MINUTE: Final = 6000
_OUR_SHARE: Final = 0.5
"""Of the weight: other tasks ask from the same address."""
_NEARLY_ALL: Final = 0.9 * _WEIGHT_A_MINUTE
_MINUTE: Final = 60.0
_MICROS_PER_MILLI: Final = 1000
_MICROS: Final = 1_000_000


class Failure(msgspec.Struct, frozen=True):
    """A refusal's body: `code` is negative, and from -1100 to -1199 where the request itself is wrong."""

    code: int
    msg: str = ""


class HistoricalTrade(msgspec.Struct, frozen=True, rename="camel"):
    """A past trade: `price` and `qty` decimal strings, `time` in ms, `is_buyer_maker` whether the buyer was the maker."""

    id: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    price: str
    qty: str
    time: int
    is_buyer_maker: bool


class LooseTrade(msgspec.Struct, frozen=True, rename="camel"):
    """The same, with each amount a string or a JSON number."""

    id: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    price: msgspec.Raw
    qty: msgspec.Raw
    time: int
    is_buyer_maker: bool


_decode_failure: Final = msgspec.json.Decoder(Failure).decode
_decode_loose: Final = msgspec.json.Decoder(LooseTrade).decode


def says_never(body: bytes) -> bool:
    """Whether Binance says that this request will never be answered: the symbol or a parameter is none (codes -11xx).

    Source: its "Error Codes": -10xx are about the moment, -11xx about the request.
    """
    try:
        return -1199 <= _decode_failure(body).code <= -1100
    except DECODING_ERRORS:
        return False


def rate_limit() -> RateLimit:
    """What one task may ask of the exchange."""
    per_minute = _OUR_SHARE * _WEIGHT_A_MINUTE
    return RateLimit(per_minute / _MINUTE, per_minute / 2)


class BinanceBackfill:
    """`Backfill` of every market that the exchange has."""

    most = 1000

    def __init__(self, rest: RestClient, *, now: Clock = utc_micros) -> None:
        self._rest = rest
        self._now = now

    async def fetch(self, gap: Gap) -> Sequence[TradeLine | Refusal]:
        """See `Backfill.fetch`."""
        read = await self._ask(gap.symbol, fromId=str(gap.first), limit=str(min(gap.count, self.most)))
        found = [one for one in read if isinstance(one, TradeLine) and gap.first <= one.trade_id <= gap.last]
        refused = [one for one in read if isinstance(one, Refusal)]
        return [*refused, *sorted(found, key=lambda trade: trade.trade_id)]

    async def latest(self, symbol: str) -> int | None:
        """See `Backfill.latest`."""
        read = await self._ask(symbol, limit="1")
        return max((one.trade_id for one in read if isinstance(one, TradeLine)), default=None)

    async def close(self) -> None:
        """See `Backfill.close`."""
        await self._rest.close()

    async def _ask(self, symbol: str, **query: str) -> list[TradeLine | Refusal]:
        market, query["symbol"] = named(symbol)
        answer = await self._rest.get("/api/v3/historicalTrades", query, weight=_WEIGHT, never=says_never)
        received_at = self._now()
        if (answer.number("X-MBX-USED-WEIGHT-1M") or 0) > _NEARLY_ALL:
            self._rest.pause(_MINUTE - received_at / _MICROS % _MINUTE)
        return [_trade(market, item, received_at) for item in items(answer)]


def _loosely(item: msgspec.Raw) -> HistoricalTrade:
    loose = _decode_loose(item)
    price, quantity = digits(loose.price), digits(loose.qty)
    return HistoricalTrade(loose.id, price, quantity, loose.time, loose.is_buyer_maker)


_decode: Final = either(msgspec.json.Decoder(HistoricalTrade).decode, _loosely)


def _trade(market: Market, item: msgspec.Raw, received_at: int) -> TradeLine | Refusal:
    try:
        past = _decode(item)
    except DECODING_ERRORS as error:
        return undecodable(error)
    side = Side.SELL if past.is_buyer_maker else Side.BUY
    return fetched_trade(market, past.id, past.price, past.qty, side, past.time * _MICROS_PER_MILLI, received_at)
