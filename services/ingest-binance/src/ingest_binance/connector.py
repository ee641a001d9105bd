"""Binance spot: trades by combined streams."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type
from tenacity.wait import wait_base
from websockets.asyncio import client

from coattail_common.connector import (
    FULL_JITTER,
    Clock,
    ExchangeRefusedError,
    GapOptions,
    Message,
    Reporter,
    SocketConnector,
    SocketOptions,
    utc_micros,
)
from coattail_common.sink import TradeQueue
from ingest_binance.listing import Listing, UnavailableError, listing
from ingest_binance.naming import markets_by_name
from ingest_binance.normalising import normalise

LIFE_SECONDS: Final = 23 * 3600
"""When a connection is followed by another. The exchange ends it after 24 hours."""


class BinanceConnector(SocketConnector):
    """Follows `symbols` (`BTC-USDT`) at `ws_url` (`wss://stream.binance.com:9443`).

    With a `rest_url` (`https://api.binance.com`) it asks there whether the exchange has them. Raises `ValueError` when
    two symbols have the same name at the exchange.
    """

    def __init__(
        self,
        symbols: Iterable[str],
        ws_url: str,
        reporter: Reporter,
        *,
        options: SocketOptions | None = None,
        gaps: GapOptions | None = None,
        rest_url: str | None = None,
        now: Clock = utc_micros,
        wait: wait_base = FULL_JITTER,
    ) -> None:
        super().__init__(reporter, options=options, gaps=gaps, now=now, wait=wait)
        self._markets = markets_by_name(symbols)
        streams = "/".join(f"{name.lower()}@trade" for name in self._markets)
        self._url = f"{ws_url.rstrip('/')}/stream?streams={streams}"
        self._rest_url = rest_url

    def connect(self) -> client.connect:
        """See `BaseConnector.connect`. The address names the streams: nothing is left to say once it is open."""
        return self.prepare(self._url)

    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:
        """See `BaseConnector.normalize`."""
        return normalise(self._markets, frame, received_at)

    async def stream(self, queue: TradeQueue) -> None:
        """See `BaseConnector.stream`. The markets are checked beside the reading, so that a slow REST costs no trade."""
        absent: list[str] = []

        async def check() -> None:
            absent.extend(await self._absent_markets())
            if absent:
                await self.shutdown()

        checking = asyncio.create_task(check())
        try:
            await super().stream(queue)
        finally:
            checking.cancel()
            (outcome,) = await asyncio.gather(checking, return_exceptions=True)
        if absent:
            message = f"Binance has no market {', '.join(absent)}"
            raise ExchangeRefusedError(message)
        if isinstance(outcome, Exception):
            raise outcome

    async def _absent_markets(self) -> list[str]:
        if self._rest_url is None:
            return []
        unanswered = AsyncRetrying(
            wait=self._wait, retry=retry_if_exception_type(UnavailableError), before_sleep=self._tell_unanswered
        )
        found: Listing = await unanswered(listing, self._rest_url, tuple(self._markets))
        if found.halted:
            self.reporter.log.warning("these markets do not trade now", symbols=self._symbols(found.halted))
        return self._symbols(found.absent)

    def _symbols(self, names: Iterable[str]) -> list[str]:
        return [self._markets[name].symbol for name in names]

    def _tell_unanswered(self, state: RetryCallState) -> None:
        self.reporter.log.warning(
            "could not ask whether the exchange has the markets; asking again",
            error=str(state.outcome.exception() if state.outcome else ""),
            after_seconds=round(state.upcoming_sleep, 1),
        )
