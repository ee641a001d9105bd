"""The detectors of a running application: one that fails is reported, goes back to its last good state, and stops no other."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.module import Feed, Module
from coattail_detectors.modules.volume_anomaly.module import MODULE as VOLUME
from coattail_runtime.telemetry import logger
from coattail_testing.bus import KeptAlerts
from coattail_testing.detectors import bar
from stream_detectors.detection import Detection
from stream_detectors.metrics import NoMetrics

NEWS = DetectorInput(bars=(bar(0, "1"),))


class FakeCounting(BaseDetector):
    """Counts the bars it is shown and the findings of others; fails once it has counted `fails_at`."""

    module: ClassVar[Module] = msgspec.structs.replace(VOLUME, module_id="MOD-901", name="counting")

    def __init__(self, fails_at: int = 99) -> None:
        self.count, self.until, self.fails_at = 0, dict[str, int](), fails_at
        self.shown: tuple[Finding, ...] = ()

    def inspect(self, shown: DetectorInput, now: int) -> list[Finding]:  # noqa: ARG002
        self.count += len(shown.bars)
        self.shown = shown.findings
        if self.count == self.fails_at:
            raise ValueError("as it was told to")
        return [Finding(None, bar) for bar in shown.bars]

    def state(self) -> bytes:
        return msgspec.json.encode(self.count)

    def restore(self, state: bytes) -> None:
        self.count = msgspec.json.decode(state)

    def missed(self, until: Mapping[str, int]) -> None:
        self.until = dict(until)


class FakeDependent(FakeCounting):
    """Is shown what MOD-901 finds."""

    module: ClassVar[Module] = msgspec.structs.replace(
        VOLUME, module_id="MOD-902", name="dependent", inputs=(Feed.TRADES, Feed.FINDINGS), dependencies=("MOD-901",)
    )


def detection(*detectors: BaseDetector) -> tuple[Detection, KeptAlerts]:
    router = KeptAlerts()
    return Detection(detectors, router, NoMetrics(), logger("test"), lambda: 7, {"binance": 5}), router


def test_detection_keeps_what_was_found_until_it_has_landed() -> None:
    running, _ = detection(FakeCounting())

    assert running.inspect(NEWS, 0, 1)
    assert not running.inspect(DetectorInput(), 0, 2)
    ((_, found),) = running.findings()
    assert [one.row for one in found] == list(NEWS.bars)
    running.clear()
    assert running.findings() == ((VOLUME.table, ()),)


def test_detection_takes_back_what_a_failed_detector_had_half_done() -> None:
    failing, other = FakeCounting(fails_at=2), FakeDependent()
    running, router = detection(failing, other)
    running.inspect(NEWS, 0, 1)
    running.inspect(NEWS, 0, 2)

    assert (failing.count, failing.until) == (1, {"binance": 5})
    assert other.count == 2
    (event,) = router.events
    assert msgspec.to_builtins(event) == {
        "occurred_at": 7,
        "module_id": "MOD-901",
        "batch_id": 2,
        "error": "ValueError('as it was told to')",
    }


def test_detection_shows_findings_to_the_module_that_depends_on_them() -> None:
    first, dependent = FakeCounting(), FakeDependent()
    running, _ = detection(first, dependent)
    running.inspect(NEWS, 0, 1)

    assert [one.row for one in dependent.shown] == list(NEWS.bars)
    assert dependent.until == {}
    assert first.shown == ()


def test_detection_tells_a_module_that_it_missed_what_the_one_before_it_failed_over() -> None:
    dependent = FakeDependent()
    running, _ = detection(FakeCounting(fails_at=1), dependent)
    running.inspect(NEWS, 0, 1)

    assert dependent.until == {"binance": 5}
    assert bytes(running.states["MOD-902"]) == b"1"


def test_detection_says_of_no_trades_that_they_were_missed() -> None:
    failing = FakeCounting(fails_at=0)
    running, _ = detection(failing)
    running.inspect(DetectorInput(), 0, -1)

    assert failing.until == {}
