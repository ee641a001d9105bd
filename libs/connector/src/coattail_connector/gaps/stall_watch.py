"""A silent stall: connected, pinged, and no data. Each market is watched against its own pace, and the exchange asked."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from coattail_connector.gaps.backfill import Backfill, BackfillRefusedError, BackfillUnavailableError
from coattail_connector.gaps.continuity import Continuity
from coattail_connector.gaps.pace import Pace, Pacing
from coattail_connector.gaps.recovery import Recovery
from coattail_connector.socket.reconnect import StoppedError, unless


class Watch:
    """Looks at every market, as often as `pacing` says. What is silent beyond its pace is compared with the exchange's REST API.

    Where REST has newer trades the market is stalled: they are a gap, and `reconnect` is called. Where nothing is known of a
    market yet, its numbering begins with what REST says: else what it traded while there is no connection would never be missed.
    While nothing is read, because nobody takes the trades, no silence counts. A market that REST refuses is `refused`, with what it
    says: the exchange may have delisted it.

    `symbols` tells the markets that are followed now.
    """

    def __init__(
        self,
        continuity: Continuity,
        recovery: Recovery,
        backfill: Backfill,
        reconnect: Callable[[], Awaitable[None]],
        *,
        symbols: Callable[[], Iterable[str]],
        refused: Callable[[str, str], None] = lambda _symbol, _reason: None,
        pacing: Pacing | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._continuity = continuity
        self._recovery = recovery
        self._backfill = backfill
        self._reconnect = reconnect
        self._symbols = symbols
        self._refused = refused
        self._pacing = pacing or Pacing()
        self._seconds = seconds
        self._paces: dict[str, Pace] = {}

    def connected(self) -> None:
        """A connection was opened: a market that stays silent on it may have traded before."""
        now = self._seconds()
        for pace in self._paces.values():
            pace.suspect_soon(now)

    async def watch(self, stop: asyncio.Event) -> None:
        """Look, until `stop`."""
        with suppress(StoppedError):
            while True:
                await unless(stop, asyncio.sleep(self._pacing.every))
                self._paces = {symbol: self._paces.get(symbol) or Pace(self._pacing) for symbol in self._symbols()}
                for symbol, pace in self._paces.items():
                    pace.look(self._continuity.newest(symbol), self._seconds())
                    if self._recovery.blocked:
                        pace.excused(self._seconds())
                    elif pace.suspicious(self._seconds()):
                        await unless(stop, self._ask(symbol, pace))

    async def _ask(self, symbol: str, pace: Pace) -> None:
        before = self._continuity.newest(symbol)
        silence = pace.silence(self._seconds())
        pace.cleared(self._seconds())
        try:
            latest = await self._backfill.latest(symbol)
        except BackfillUnavailableError:
            return  # it says nothing; the same silence is suspected again when it has doubled
        except BackfillRefusedError as refusal:
            self._refused(symbol, str(refusal))
            return
        if latest is None or self._recovery.blocked or self._continuity.newest(symbol) != before:
            return
        if before is None:
            await self._recovery.latest(symbol, latest)
            return
        if latest <= before:
            return
        await self._recovery.stalled(symbol, latest, silence)
        await self._reconnect()
