"""Binance spot: trades by combined streams."""

from collections.abc import Iterable, Sequence
from typing import Final

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type
from tenacity.wait import wait_base

from coattail_common.connector import (
    FULL_JITTER,
    BackfillUnavailableError,
    Clock,
    Connect,
    Followed,
    GapOptions,
    Message,
    Reporter,
    RestClient,
    SocketConnector,
    SocketOptions,
    utc_micros,
)
from coattail_common.sink import TradeQueue
from ingest_binance.listing import Listing, listing
from ingest_binance.naming import markets_by_name
from ingest_binance.normalising import normalise

LIFE_SECONDS: Final = 23 * 3600
"""When a connection is followed by another. The exchange ends it after 24 hours."""


class BinanceConnector(SocketConnector):
    """Follows `symbols` (`BTC-USDT`) at `ws_url` (`wss://stream.binance.com:9443`).

    With `rest` (`https://api.binance.com`) it asks there whether the exchange has them. Raises `ValueError` when
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
        rest: RestClient | None = None,
        now: Clock = utc_micros,
        wait: wait_base = FULL_JITTER,
    ) -> None:
        followed = Followed(symbols, markets_by_name)
        super().__init__(reporter, followed, options=options, gaps=gaps, now=now, wait=wait)
        self._url = f"{ws_url.rstrip('/')}/stream"
        self._rest = rest
        self.asks_first = rest is not None

    def connect(self) -> Connect:
        """See `BaseConnector.connect`. The address names the streams: nothing is left to say once it is open."""
        streams = "/".join(f"{name.lower()}@trade" for name in self.followed.wanted)
        return self.prepare(f"{self._url}?streams={streams}")

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
