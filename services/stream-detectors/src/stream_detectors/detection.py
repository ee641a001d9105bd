"""The detectors of a running application: each by itself, with a state that a restart goes on from."""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from aws_lambda_powertools import Logger

from coattail_common.contracts import ModuleFailed
from coattail_common.tables import Table
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.runner import PipelineRunner
from coattail_runtime.bus.router import AlertRouter
from stream_detectors.metrics import PipelineMetrics


class Detection(PipelineRunner):
    """Runs detectors and keeps what they found since the last landing, and their `states` after the last batch that was good for them.

    One that fails is reported and stops no other. `newest` is the latest event time of each exchange (UTC, µs), which the caller keeps.
    """

    def __init__(
        self,
        detectors: Sequence[BaseDetector],
        router: AlertRouter,
        metrics: PipelineMetrics,
        log: Logger,
        clock: Callable[[], int],
        newest: Mapping[str, int],
    ) -> None:
        super().__init__(detectors)
        self.states: dict[str, msgspec.Raw] = {}
        self._router = router
        self._metrics = metrics
        self._log = log
        self._clock = clock
        self._newest = newest
        self._batch_id = -1
        self._found: dict[str, list[Finding]] = {}
        for detector in detectors:
            self.inspected(detector)

    def inspect(self, shown: DetectorInput, now: int, batch_id: int) -> bool:
        """Show the detectors what is new, and hand their alerts to the router. Return whether they found anything."""
        self._batch_id = batch_id
        late = {one.module.module_id: one.late for one in self.detectors}
        has_found = False
        for detector, findings in self.run(shown, now):
            module_id = detector.module.module_id
            if detector.late > late[module_id]:
                self._metrics.late(module_id, detector.late - late[module_id])
            if findings:
                has_found = True
                self._found.setdefault(module_id, []).extend(findings)
                self._router.route(finding.alert for finding in findings if finding.alert)
        return has_found

    def findings(self) -> tuple[tuple[Table, tuple[Finding, ...]], ...]:
        """Return what was found since `clear`, by table."""
        return tuple((one.module.table, tuple(self._found.get(one.module.module_id, ()))) for one in self.detectors)

    def clear(self) -> None:
        """Forget what was found: it has landed."""
        self._found.clear()

    def depends_on(self) -> dict[str, msgspec.Raw]:
        """Return what each state depends on, by module id."""
        return {one.module.module_id: msgspec.Raw(one.depends_on()) for one in self.detectors}

    def inspected(self, detector: BaseDetector) -> None:
        """See `PipelineRunner.inspected`."""
        self.states[detector.module.module_id] = msgspec.Raw(detector.state())

    def failed(self, detector: BaseDetector, shown: DetectorInput, error: Exception) -> None:
        """See `PipelineRunner.failed`. What it had half done is taken back: the next batch finds it as the last good one left it."""
        module_id = detector.module.module_id
        self._log.error("module failed", module_id=module_id, batch_id=self._batch_id, error=repr(error))
        self._metrics.failure(module_id)
        self._router.tell(
            ModuleFailed(
                occurred_at=self._clock(), module_id=module_id, batch_id=self._batch_id, error=repr(error)[:1000]
            )
        )
        detector.restore(bytes(self.states[module_id]))
        self.missed(detector, shown)
        self.inspected(detector)

    def missed(self, detector: BaseDetector, shown: DetectorInput) -> None:
        """See `PipelineRunner.missed`."""
        if shown.bars or shown.fills:
            exchanges = {one.market.exchange for one in shown.bars} | {one.market.exchange for one in shown.fills}
            detector.missed({exchange: self._newest[exchange] for exchange in exchanges})
