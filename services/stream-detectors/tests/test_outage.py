"""After an outage the shards are read side by side, one far behind another: no trade is late for that, and no window is wrong."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coattail_testing.detectors import SECOND
from coattail_testkit.outage import BEGAN, LATENESS, Outage, in_one_batch, outage, ticks


@pytest.fixture
def waiting(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outage]:
    minutes, shards, spread_over = request.param
    with outage(ticks(minutes, shards, spread_over=spread_over), tmp_path) as waiting:
        yield waiting


CASES = [(6, 1, 4), (6, 2, 4), (6, 4, 4), (15, 4, 4), (6, 8, 4), (6, 8, 8)]
"""Minutes, shards, and over how many of them the markets are spread."""


@pytest.mark.parametrize("waiting", CASES, indirect=True, ids=str)
@pytest.mark.parametrize("read", [Outage.read_in_turn, Outage.read_side_by_side], ids=["in_turn", "side_by_side"])
def test_shards_that_wait_behind_others_are_not_late(waiting: Outage, read: Callable[[Outage], None]) -> None:
    """Each shard's backlog is read only after that of the one before, minutes of processing time later, or all at once. 0 trades are late,
    and windows, spread rows and alerts equal one batch over the same trades."""
    read(waiting)

    found = waiting.driver.detectors
    assert found.late == 0
    expected = in_one_batch(waiting.backlog, waiting.driver.marks).rows()
    assert set(found.rows()) ^ set(expected) == set()
    assert len(found.rows()) == len(expected)
    assert {one.alert.alert_type for one in found.findings if one.alert} >= {"spread_divergence"}


def test_shards_taken_for_idle_while_they_wait_are_late(tmp_path: Path) -> None:
    """What these tests would see if the poller did not say how far it is behind."""
    with outage(ticks(6, 4), tmp_path, knows_standing=False) as waiting:
        waiting.read_in_turn()
        assert waiting.driver.detectors.late > 0


@pytest.mark.parametrize("waiting", [(1, 2, 4)], indirect=True, ids=str)
def test_an_exchange_that_falls_silent_is_not_waited_for(waiting: Outage) -> None:
    """Once everything is read, an idle shard holds up nothing: the seconds of `idle` pass, as before."""
    driver = waiting.driver
    for one in waiting.stream.open.values():
        one.set()
    total = sum(map(len, waiting.backlog.values()))
    while driver.taken < total:
        driver.batch(1)
    silent_since = driver.now
    while driver.marks.get("binance") != BEGAN + 59 * SECOND - LATENESS:
        driver.batch(1)
        assert driver.now - silent_since < 60 * SECOND
