"""Watches quality over all invocations, and sends one event for each degradation.

Every process adds what it counted to the common state; the one whose addition completes a degradation claims the telling in
the same swap, so that of many at once one tells. If it dies before it is done, or the bus refuses the event, its claim runs out
and the next one tells: at least once, under the same `occurred_at`, and almost always exactly once. A degradation that ends
meanwhile waits to be told.
"""

from collections.abc import Callable, Mapping
from typing import Final

from aws_lambda_powertools import Logger, Metrics

from coattail_common.contracts import QualityDegraded
from coattail_runtime.bus.bridge import Bus, SendError, deliver
from dq_lambda.degradation import Bounds, Count, Degradation, Quality
from dq_lambda.metrics import report_damage
from dq_lambda.state import QualityState, StateError, Version

_ATTEMPTS: Final = 10


class Watch:
    """One process's part of the watch. `clock`: UTC, µs."""

    def __init__(
        self,
        state: QualityState,
        bus: Bus,
        bounds: Bounds,
        report_seconds: float,
        log: Logger,
        clock: Callable[[], int],
        metrics: Metrics,
    ) -> None:
        self._state = state
        self._bus = bus
        self._bounds = bounds
        self._report_micros = report_seconds * 1_000_000
        self._log = log
        self._clock = clock
        self._metrics = metrics
        self._unreported: dict[int, Count] = {}
        self._next_report = 0.0

    def add(self, counts: Mapping[int, Count]) -> None:
        """Take note of counts by period, and report them when it is time. Raises nothing: what cannot be reported waits."""
        for period, count in counts.items():
            self._unreported[period] = self._unreported.get(period, Count()) + count
        now = self._clock()
        if not self._unreported or now < self._next_report:
            return
        self._next_report = now + self._report_micros
        try:
            self._report(now)
        except (StateError, SendError) as error:
            self._log.warning("quality not reported", error=str(error))

    def _report(self, now: int) -> None:
        for _ in range(_ATTEMPTS):
            before = self._state.get()
            known = before.quality.fitting(self._bounds.period_micros, now)
            quality = known.after(self._unreported, self._bounds, now)
            if self._state.replace(before, quality.claimed(now)):
                self._unreported.clear()
                self._complain(before, known)
                for found in quality.to_tell(now):
                    self._tell(found)
                return
        self._log.info("quality state is contended", attempts=_ATTEMPTS)

    def _complain(self, before: Version, known: Quality) -> None:
        dropped = len(before.quality.counts) - len(known.counts)
        if before.damage or dropped:
            reason = before.damage or f"{dropped} periods lie in the future or have another length"
            self._log.error("quality state was damaged and begins again", error=reason)
            report_damage(self._metrics)

    def _tell(self, found: Degradation) -> None:
        deliver(
            self._bus,
            QualityDegraded(occurred_at=found.found_at, score=f"{found.score:f}", floor=f"{self._bounds.floor:f}"),
        )
        self._log.warning("quality degraded", score=f"{found.score:f}", floor=f"{self._bounds.floor:f}")
        for _ in range(_ATTEMPTS):
            before = self._state.get()
            if self._state.replace(before, before.quality.told(found.found_at)):
                return
