"""A connector of the simulated Binance that is as plain as can be, and its past trades."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from coattail_common.contracts import Side
from coattail_common.lines import TradeLine
from coattail_connector import (
    DECODING_ERRORS,
    Connect,
    ConnectionEnd,
    Gap,
    Message,
    RateLimit,
    Reason,
    Refusal,
    RestClient,
    SocketConnector,
    StreamedMarket,
    by_exchange_name,
    fetched_trade,
    items,
    market,
    undecodable,
    utc_micros,
)
from coattail_testing.conformance import Setup


def markets(symbols: Iterable[str]) -> Mapping[str, StreamedMarket]:
    return by_exchange_name("binance", symbols, lambda market: market.base + market.quote)


class Event(msgspec.Struct):
    """The part of a stream's event that is read."""

    e: str
    s: str = ""
    t: int = 0
    p: str = ""
    q: str = ""
    T: int = 0
    m: bool = False


class Frame(msgspec.Struct):
    data: Event


class PastTrade(msgspec.Struct):
    id: int
    price: str
    qty: str
    time: int
    isBuyerMaker: bool  # noqa: N815  (the exchange's name)


class PlainConnector(SocketConnector):
    """Keeps every rule; those that break one derive from it."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(
            setup.symbols,
            f"{setup.ws_url}/stream",
            setup.reporter,
            options=setup.options,
            gaps=setup.gaps,
            wait=setup.wait,
        )

    def markets_by_name(self, symbols: Iterable[str]) -> Mapping[str, StreamedMarket]:
        return markets(symbols)

    @property
    def address(self) -> str:
        return f"{self.ws_url}?streams={'/'.join(f'{name.lower()}@trade' for name in self.followed.wanted)}"

    def connect(self) -> Connect:
        return self.prepare(self.address)

    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:
        try:
            event = msgspec.json.decode(frame, type=Frame).data
        except DECODING_ERRORS as error:
            return (undecodable(error),)
        if event.e == "serverShutdown":
            return (ConnectionEnd(),)
        of = self.followed.known.get(event.s)
        if of is None:
            return (Refusal(Reason.UNKNOWN_SYMBOL, event.s),)
        if not event.p:
            return (Refusal(Reason.INCOMPLETE, "no price"),)
        return (self.trade(of, event, received_at),)

    def trade(self, of: StreamedMarket, event: Event, received_at: int) -> TradeLine | Refusal:
        side = Side.SELL if event.m else Side.BUY
        return of.streamed_trade(event.t, event.p, event.q, side, event.T * 1000, received_at)


class PlainBackfill:
    """Its past trades; see `Backfill`."""

    most = 1000

    def __init__(self, rest: RestClient) -> None:
        self._rest = rest

    async def fetch(self, gap: Gap) -> Sequence[TradeLine | Refusal]:
        return await self._ask(gap.symbol, fromId=str(gap.first), limit=str(gap.count))

    async def latest(self, symbol: str) -> int | None:
        return (await self._ask(symbol, limit="1"))[-1].trade_id

    async def close(self) -> None:
        await self._rest.close()

    async def _ask(self, symbol: str, **query: Any) -> list[TradeLine]:
        name = symbol.replace("-", "")
        answer = await self._rest.get(
            "/api/v3/historicalTrades", {"symbol": name, **query}, never=lambda body: b"-1121" in body
        )
        past = [msgspec.json.decode(item, type=PastTrade) for item in items(answer)]
        trades = (
            fetched_trade(
                market("binance", symbol),
                one.id,
                one.price,
                one.qty,
                Side.SELL if one.isBuyerMaker else Side.BUY,
                one.time * 1000,
                utc_micros(),
            )
            for one in past
        )
        return [trade for trade in trades if isinstance(trade, TradeLine)]


def plain_rest(url: str) -> RestClient:
    return RestClient(url, RateLimit(1000, 1000))
