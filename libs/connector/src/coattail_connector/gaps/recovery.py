"""Doing what continuity decides: trades go on in their order, and the missing ones are fetched."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type
from tenacity.wait import wait_base

from coattail_common.lines import TradeLine
from coattail_connector.gaps.backfill import Backfill, BackfillRefusedError, BackfillUnavailableError
from coattail_connector.gaps.continuity import Continuity
from coattail_connector.gaps.holes import Gap
from coattail_connector.gaps.numbering import Verdict
from coattail_connector.gaps.ordered_queue import OrderedQueue
from coattail_connector.gaps.reports import GapReports
from coattail_connector.socket.reconnect import StoppedError, unless


class Recovery:
    """Puts a connector's trades on the queue in order while it streams, and fetches those that did not come.

    `seconds` is a clock that never goes back, the one of `Continuity`. `wait` stands between attempts to fetch while the
    exchange does not answer.
    """

    def __init__(
        self,
        continuity: Continuity,
        ordered: OrderedQueue,
        reports: GapReports,
        wait: wait_base,
        *,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._continuity = continuity
        self._ordered = ordered
        self._reports = reports
        self._wait = wait
        self._seconds = seconds
        self._wanted = asyncio.Event()
        self._holding = asyncio.Event()

    @property
    def blocked(self) -> bool:
        """Whether trades wait for room on the queue, so that no more are read."""
        return self._ordered.blocked

    def pass_on(self, trade: TradeLine) -> bool:
        """Put a trade of the socket on the queue if it is the market's next and there is room: the usual case, which costs least.

        Returns False, with nothing changed, where it is not; call `trade` then.
        """
        if not self._ordered.open or not self._continuity.follows(trade):
            return False
        self._ordered.put_now(trade)
        return True

    async def trade(self, trade: TradeLine) -> None:
        """Take a trade of the socket. Waits for room on the queue for the trades that may go."""
        if self._continuity.follows(trade):
            await self._ordered.put((trade,))
        else:
            await self._carry_out(self._continuity.trade(trade, self._seconds()))

    async def latest(self, symbol: str, trade_id: int) -> None:
        """Note that the exchange says which trade of the market is the latest."""
        await self._carry_out(self._continuity.latest(symbol, trade_id, self._seconds()))

    async def stalled(self, symbol: str, trade_id: int, silence: float) -> None:
        """Report a market that was silent for `silence` seconds while it traded, up to `trade_id`; fetch what is missing."""
        self._reports.stalled(symbol, silence)
        await self.latest(symbol, trade_id)

    async def fill(self, backfill: Backfill, stop: asyncio.Event) -> None:
        """Fetch what is missing, the oldest gap first, until `stop`."""
        attempts = AsyncRetrying(
            wait=self._wait,
            sleep=lambda seconds: unless(stop, asyncio.sleep(seconds)),
            retry=retry_if_exception_type(BackfillUnavailableError),
            before_sleep=self._tell_unavailable,
            reraise=True,
        )
        with suppress(StoppedError):
            try:
                while True:
                    await attempts(self._fetch_next, backfill, stop)
            finally:
                await backfill.close()

    async def let_pass(self, stop: asyncio.Event) -> None:
        """Put trades on the queue that were held back for long enough, until `stop`."""
        with suppress(StoppedError):
            while True:
                self._holding.clear()
                await unless(stop, self._until(self._holding, self._continuity.deadline()))
                await self._carry_out(*self._continuity.expire(self._seconds()))

    async def end(self) -> None:
        """Put what is held back on the queue. Call it when nothing more is read or fetched.

        What is missing is lost, unless a later process goes on from its cursors.
        """
        missing = self._continuity.missing
        verdicts = self._continuity.end()
        if self._reports.ledger.durable:
            if missing:
                self._reports.reporter.log.warning("ending with open gaps; the next start fills them", missing=missing)
            for verdict in verdicts:
                verdict.lost.clear()
        await self._carry_out(*verdicts)

    async def _fetch_next(self, backfill: Backfill, stop: asyncio.Event) -> None:
        gap = await unless(stop, self._next(backfill.most))
        try:
            answers = await unless(stop, backfill.fetch(gap))
        except BackfillUnavailableError:
            self._continuity.put_off(gap, self._seconds())
            raise
        except BackfillRefusedError as error:
            self._reports.reporter.backfill_refused(gap, error)
            await self._carry_out(self._continuity.give_up(gap))
            return
        trades = []
        for answer in answers:
            if isinstance(answer, TradeLine):
                trades.append(answer)
            else:
                self._reports.reporter.refused(answer, b"")
        await self._carry_out(self._continuity.fetched(gap, trades, self._seconds()))

    async def _next(self, most: int) -> Gap:
        """Wait until trades are missing, and return the gap to fetch."""
        while True:
            self._wanted.clear()
            gap = self._continuity.wanted(self._seconds(), most)
            if gap is not None:
                return gap
            await self._until(self._wanted, self._continuity.due_at())

    async def _until(self, changed: asyncio.Event, at: float | None) -> None:
        """Wait until something changed since `changed` was cleared, or until it is time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(None if at is None else max(0, at - self._seconds())):
                await changed.wait()

    async def _carry_out(self, *verdicts: Verdict) -> None:
        # No await before the put: a later caller must find the turn taken.
        for verdict in verdicts:
            self._reports.verdict(verdict)
            if verdict.opened:
                self._wanted.set()
                self._holding.set()
        release = [trade for verdict in verdicts for trade in verdict.release]
        if release:
            await self._ordered.put(release)

    def _tell_unavailable(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if error is not None:
            self._reports.reporter.backfill_unavailable(error, state.upcoming_sleep)
