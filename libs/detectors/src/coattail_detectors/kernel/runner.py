"""How detectors are run: the same in stream and in batch, but for what becomes of one that fails."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.module import Feed


class PipelineRunner(ABC):
    """Shows detectors what is new. `detectors` are in the order of their dependencies, as `ModuleRegistry.enabled` returns them."""

    def __init__(self, detectors: Sequence[BaseDetector]) -> None:
        self.detectors = detectors

    def run(self, shown: DetectorInput, now: int) -> Iterator[tuple[BaseDetector, list[Finding]]]:
        """Yield what each detector finds. `now` is the time of processing (UTC, µs).

        One that is shown findings gets those of the modules it depends on. Where one of these failed, it has missed the same trades.
        """
        found: dict[str, list[Finding]] = {}
        for detector in self.detectors:
            module = detector.module
            try:
                findings = detector.inspect(shown.for_module(module, found), now)
                if Feed.FINDINGS in module.inputs and not found.keys() >= set(module.dependencies):
                    self.missed(detector, shown)
                else:
                    found[module.module_id] = findings
                self.inspected(detector)
            except Exception as error:
                self.failed(detector, shown, error)
            else:
                yield detector, findings

    def inspected(self, detector: BaseDetector) -> None:  # noqa: B027  (a runner that keeps no state has nothing to do)
        """Note that a detector has done its part. What is raised here is the detector's failure."""

    @abstractmethod
    def failed(self, detector: BaseDetector, shown: DetectorInput, error: Exception) -> None:
        """Act on a detector that raised `error`. Called in its `except` clause: what is raised here ends the run."""

    @abstractmethod
    def missed(self, detector: BaseDetector, shown: DetectorInput) -> None:
        """Tell a detector that the trades of `shown` did not reach it whole."""
