"""A detector of windows that adds only what it makes of a closed one."""

from typing import ClassVar

import msgspec

from coattail_detectors.building.windowed import WindowDetector
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.modules.volume_anomaly.module import MODULE
from coattail_testing.detectors import PROVENANCE, SECOND, bar, until


class FakeWindows(WindowDetector):
    """Remembers the windows that have closed."""

    module: ClassVar = MODULE
    closed: list[int]

    def inspect(self, shown: DetectorInput, _now: int) -> list[Finding]:
        self._windows.add(shown.bars)
        self.closed = [one.start // SECOND for one in self._windows.close(shown.watermarks)]
        return []


def detector() -> FakeWindows:
    return FakeWindows(PROVENANCE, window_seconds=10, forget_after=1)


def test_restored_windows_close_as_they_would_have() -> None:
    before, after = detector(), detector()
    before.inspect(DetectorInput(bars=(bar(20, "1", first_id=1),)), 0)

    after.restore(before.state())
    after.inspect(DetectorInput(watermarks=until(30)), 0)

    assert after.closed == [20]


def test_a_state_says_until_when_trades_were_missed() -> None:
    before, after = detector(), detector()
    before.missed({"binance": 25 * SECOND})

    after.restore(before.state())
    after.inspect(DetectorInput(bars=(bar(21, "1", first_id=1), bar(31, "1", first_id=2)), watermarks=until(40)), 0)

    assert after.closed == [30]


def test_trades_of_a_closed_window_are_late() -> None:
    late = detector()
    late.inspect(DetectorInput(bars=(bar(20, "1", first_id=1),), watermarks=until(30)), 0)

    late.inspect(DetectorInput(bars=(bar(21, "1", first_id=2, trades=3),)), 0)

    assert late.late == 3


def test_a_state_depends_on_the_length_of_the_windows() -> None:
    one = detector()

    assert one.window == 10 * SECOND
    assert msgspec.json.decode(one.depends_on()) == {"window_seconds": 10}
