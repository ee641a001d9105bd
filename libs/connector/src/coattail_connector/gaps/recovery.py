"""Carrying out what continuity says: gaps are reported and filled, trades handed on in their order."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

import msgspec
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type
from tenacity.wait import wait_base

from coattail_common.contracts import ConnectorStalled, TradesGapDetected, TradesGapFilled
from coattail_common.lines import TradeLine
from coattail_connector.gaps.backfill import Backfill, BackfillRefusedError, BackfillUnavailableError
from coattail_connector.gaps.continuity import Continuity
from coattail_connector.gaps.holes import Gap
from coattail_connector.gaps.numbering import Verdict
from coattail_connector.gaps.ordered_queue import OrderedQueue
from coattail_connector.process.reporting import Reporter
from coattail_connector.socket.reconnect import StoppedError, unless
from coattail_runtime.bus.sink import EventSink
from coattail_runtime.link.batching import LineBatch


class Ledger(Protocol):
    """Who keeps the cursors, and so wants to know which ids will never be accepted."""

    @property
    def durable(self) -> bool:
        """Whether a later process goes on from where this one ends."""
        ...

    async def resume(self, symbols: Sequence[str]) -> Mapping[str, int]:
        """By market of `symbols`, the id up to which everything was brought in. Waits until that can be told.

        Asked at the start, and before further markets are followed.
        """
        ...

    def began(self, symbol: str, trade_id: int) -> None:
        """The market's ids count from after `trade_id`."""
        ...

    def lost(self, symbol: str, first: int, last: int) -> None:
        """The ids from `first` to `last` will not come, and it has been told."""
        ...

    def accepted(self, batch: LineBatch) -> None:
        """A batch is in the stream."""
        ...


class NoLedger:
    """Nothing is kept: what is missing at the end is lost."""

    durable = False

    async def resume(self, symbols: Sequence[str]) -> Mapping[str, int]:  # noqa: ARG002
        """See `Ledger.resume`."""
        return {}

    def began(self, symbol: str, trade_id: int) -> None:
        """See `Ledger.began`."""

    def lost(self, symbol: str, first: int, last: int) -> None:
        """See `Ledger.lost`."""

    def accepted(self, batch: LineBatch) -> None:
        """See `Ledger.accepted`."""


class RecoveryReporters(msgspec.Struct, frozen=True):
    """Whom a recovery tells: people and metrics, the bus, the cursors."""

    exchange: str
    reporter: Reporter
    events: EventSink
    ledger: Ledger


class Recovery:
    """What a connector does with trades while it streams: hands them on in order, and fetches what did not come.

    `now` is UTC µs; `seconds` a clock that never goes back, the one of `Continuity`. `wait` stands between attempts to
    fetch while the exchange does not answer.
    """

    def __init__(
        self,
        continuity: Continuity,
        ordered: OrderedQueue,
        reporters: RecoveryReporters,
        wait: wait_base,
        *,
        now: Callable[[], int],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._continuity = continuity
        self._ordered = ordered
        self._reporters = reporters
        self._wait = wait
        self._now = now
        self._seconds = seconds
        self._wanted = asyncio.Event()
        self._holding = asyncio.Event()

    @property
    def blocked(self) -> bool:
        """Whether trades wait for whoever takes them, so that no more are read."""
        return self._ordered.blocked

    def pass_on(self, trade: TradeLine) -> bool:
        """Hand on a trade of the socket, if it is simply the next and there is room: the usual case, which costs least.

        If not, nothing has changed, and `trade` does it.
        """
        if not self._ordered.open or not self._continuity.follows(trade):
            return False
        self._ordered.put_now(trade)
        return True

    async def trade(self, trade: TradeLine) -> None:
        """Take a trade of the socket; awaits room for what may be handed on."""
        if self._continuity.follows(trade):
            await self._ordered.put((trade,))
        else:
            await self._carry_out(self._continuity.trade(trade, self._seconds()))

    async def latest(self, symbol: str, trade_id: int) -> None:
        """The exchange says which trade of the market is the latest."""
        await self._carry_out(self._continuity.latest(symbol, trade_id, self._seconds()))

    async def stalled(self, symbol: str, trade_id: int, silence: float) -> None:
        """A market has been silent for `silence` seconds, although the exchange's latest trade is a newer one."""
        self._reporters.reporter.stalled(symbol, silence)
        self._reporters.events.tell(
            ConnectorStalled(
                occurred_at=self._now(),
                exchange=self._reporters.exchange,
                symbol=symbol,
                silent_seconds=round(silence),
            )
        )
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
        """Hand on what has been held back for long enough, until `stop`."""
        with suppress(StoppedError):
            while True:
                self._holding.clear()
                await unless(stop, self._until(self._holding, self._continuity.deadline()))
                await self._carry_out(*self._continuity.expire(self._seconds()))

    async def end(self) -> None:
        """Nothing more will be read or fetched: hand on what is held.

        What is missing is lost, unless a later process will go on from its cursors.
        """
        missing = self._continuity.missing
        verdicts = self._continuity.end()
        if self._reporters.ledger.durable:
            if missing:
                self._reporters.reporter.log.warning(
                    "ending with open gaps; the next start fills them", missing=missing
                )
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
            self._reporters.reporter.backfill_refused(gap, error)
            await self._carry_out(self._continuity.give_up(gap))
            return
        trades = []
        for answer in answers:
            if isinstance(answer, TradeLine):
                trades.append(answer)
            else:
                self._reporters.reporter.refused(answer, b"")
        await self._carry_out(self._continuity.fetched(gap, trades, self._seconds()))

    async def _next(self, most: int) -> Gap:
        """What is to be asked for, once there is something."""
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
        # No await before the put: whoever comes later must find the turn taken.
        for verdict in verdicts:
            self._tell(verdict)
        release = [trade for verdict in verdicts for trade in verdict.release]
        if release:
            await self._ordered.put(release)

    def _tell(self, verdict: Verdict) -> None:
        reporter = self._reporters.reporter
        reporter.tally.late += verdict.late
        reporter.tally.repeated += verdict.repeated
        if verdict.far is not None:
            reporter.far_ahead(verdict.symbol, verdict.far)
        for gap in verdict.lost:
            self._tell_lost(gap)
        if verdict.began is not None:
            if verdict.renumbered:
                reporter.renumbered(verdict.symbol, verdict.began)
            self._reporters.ledger.began(verdict.symbol, verdict.began)
        for gap in verdict.opened:
            reporter.gap_opened(gap)
        for gap in verdict.filled:
            reporter.gap_filled(gap)
            self._reporters.events.tell(
                TradesGapFilled(
                    occurred_at=self._now(),
                    exchange=self._reporters.exchange,
                    symbol=gap.symbol,
                    first_trade_id=gap.first,
                    last_trade_id=gap.last,
                )
            )
        if verdict.opened:
            self._wanted.set()
            self._holding.set()

    def _tell_lost(self, gap: Gap) -> None:
        self._reporters.reporter.gap(gap)
        self._reporters.events.tell(
            TradesGapDetected(
                occurred_at=self._now(),
                exchange=self._reporters.exchange,
                symbol=gap.symbol,
                first_trade_id=gap.first,
                last_trade_id=gap.last,
            )
        )
        self._reporters.ledger.lost(gap.symbol, gap.first, gap.last)

    def _tell_unavailable(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if error is not None:
            self._reporters.reporter.backfill_unavailable(error, state.upcoming_sleep)
