"""Binance spot: trades by combined streams."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, batched
from typing import Final, Unpack
from urllib.parse import quote

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from coattail_connector import (
    BackfillUnavailableError,
    Connect,
    ExchangeError,
    Message,
    Reporter,
    RestClient,
    SessionRefusedError,
    SocketConnector,
    SocketParts,
    StreamedMarket,
    WebSocket,
)
from coattail_runtime.sink import TradeQueue
from ingest_binance.frames import subscription
from ingest_binance.listing import Listing, listing
from ingest_binance.naming import markets_by_name
from ingest_binance.normalising import NOT_SUBSCRIBED, normalise

LIFE_SECONDS: Final = 23 * 3600
"""When a connection is followed by another. The exchange ends it after 24 hours."""
_LONGEST_ADDRESS: Final = 8_000
"""Characters. Servers and proxies refuse longer ones with 414."""
_SHORTEST_ADDRESS: Final = 250
_ADDRESS_TOO_LONG: Final = 414
_STREAMS_A_REQUEST: Final = 200
_REQUEST_SECONDS: Final = 0.25
"""Between two requests: the exchange takes five messages a second from a client, pings and pongs among them."""


class BinanceConnector(SocketConnector):
    """Follows markets (`BTC-USDT`) at `ws_url` (`wss://stream.binance.com:9443`).

    With `rest` (`https://api.binance.com`) it asks there whether the exchange has them.
    """

    def __init__(
        self,
        symbols: Iterable[str],
        ws_url: str,
        reporter: Reporter,
        *,
        rest: RestClient | None = None,
        **parts: Unpack[SocketParts],
    ) -> None:
        super().__init__(symbols, f"{ws_url.rstrip('/')}/stream", reporter, **parts)
        self._longest_address = _LONGEST_ADDRESS
        self._rest = rest
        self.asks_first = rest is not None

    def markets_by_name(self, symbols: Iterable[str]) -> Mapping[str, StreamedMarket]:
        """See `SocketConnector.markets_by_name`."""
        return markets_by_name(symbols)

    def connect(self) -> Connect:
        """See `BaseConnector.connect`. The address names as many streams as fit it: most often nothing is left to say."""
        return self.prepare(f"{self.ws_url}?streams={'/'.join(self._streams()[0])}")

    async def opened(self, socket: WebSocket) -> None:
        """Subscribe to the streams that did not fit the address, a few hundred at a time."""
        for number, some in enumerate(batched(self._streams()[1], _STREAMS_A_REQUEST, strict=False), start=1):
            if number > 1:
                await asyncio.sleep(_REQUEST_SECONDS)
            await socket.send(subscription(some, number))

    def turned_down(self, refusal: SessionRefusedError) -> None:
        """Name fewer streams in the address when the exchange or a proxy finds it too long."""
        if refusal.status == _ADDRESS_TOO_LONG:
            self._longest_address = max(_SHORTEST_ADDRESS, self._longest_address // 2)

    def handle_exchange_error(self, error: ExchangeError) -> None:
        """See `SocketConnector.handle_exchange_error`. A subscription that failed is tried again by another session."""
        super().handle_exchange_error(error)
        if error.text.startswith(NOT_SUBSCRIBED):
            raise SessionRefusedError(error.text)

    def _streams(self) -> tuple[list[str], list[str]]:
        """Return the streams that the address names, and the others."""
        streams = [f"{name.lower()}@trade" for name in self.followed.wanted]
        lengths = accumulate((len(quote(stream, safe="@")) + 1 for stream in streams), initial=len(self.ws_url))
        fitting = max(1, sum(length <= self._longest_address for length in lengths) - 1)
        return streams[:fitting], streams[fitting:]

    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:
        """See `BaseConnector.normalize`."""
        return normalise(self.followed.known, frame, received_at)

    async def stream(self, queue: TradeQueue) -> None:
        """See `BaseConnector.stream`."""
        try:
            await super().stream(queue)
        finally:
            if self._rest is not None:
                await self._rest.close()

    async def absent(self, symbols: Sequence[str]) -> Sequence[str]:
        """See `SocketConnector.absent`. Asked of the exchange's own list, until it answers."""
        if self._rest is None or not symbols:
            return await super().absent(symbols)
        unanswered = AsyncRetrying(
            wait=self._wait, retry=retry_if_exception_type(BackfillUnavailableError), before_sleep=self._tell_unanswered
        )
        markets = markets_by_name(symbols)
        found: Listing = await unanswered(listing, self._rest, tuple(markets))
        if found.halted:
            halted = [markets[name].symbol for name in found.halted]
            self.reporter.log.warning("these markets do not trade now", symbols=halted)
        return [markets[name].symbol for name in found.absent]

    def _tell_unanswered(self, state: RetryCallState) -> None:
        self.reporter.log.warning(
            "could not ask whether the exchange has the markets; asking again",
            error=str(state.outcome.exception() if state.outcome else ""),
            after_seconds=round(state.upcoming_sleep, 1),
        )
