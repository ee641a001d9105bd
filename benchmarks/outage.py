"""After an outage: is anything late, and does anything differ from one batch over the same trades?

The real poller, watermarks and detectors read a backlog that is there at once, from one, two, four and eight shards: each shard only after
the whole of the one before, and all side by side. Processing time is moved, and does not pass.
"""

import os
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from coattail_testkit.outage import MARKETS, Detectors, Outage, Tick, in_one_batch, outage, ticks

MINUTES: Final = (6, 15, 60)
SHARDS: Final = (1, 2, 4, 8)
TRADES_A_SECOND: Final = 10
"""Of each of eight markets."""
_WAYS: Final = {"in turn": Outage.read_in_turn, "side by side": Outage.read_side_by_side}


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One outage. `windows` are rows of MOD-001, `spreads` of MOD-003; `differing` are rows and alerts of the one that the other lacks, and
    `late_without_standing` what was late if a shard that is silent for 5 s were taken for idle."""

    minutes: int
    shards: int
    read: str
    trades: int
    late: int
    differing: int
    windows: int
    spreads: int
    alerts: dict[str, int]
    seconds: float
    late_without_standing: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The matrix. `late` and `differing` of all cells; `seconds` for all of it."""

    late: int
    differing: int
    trades: int
    seconds: float
    cells: tuple[Cell, ...]
    machine: str


def run(minutes: Sequence[int] = MINUTES, shards: Sequence[int] = SHARDS, a_second: int = TRADES_A_SECOND) -> Result:
    """Measure the matrix: some minutes on two cores."""
    began = time.monotonic()
    cells = tuple(_cell(long, wide, read, a_second) for long in minutes for wide in shards for read in _WAYS)
    return Result(
        late=sum(one.late for one in cells),
        differing=sum(one.differing for one in cells),
        trades=sum(one.trades for one in cells),
        seconds=round(time.monotonic() - began, 1),
        cells=cells,
        machine=f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    )


def _cell(minutes: int, shards: int, read: str, a_second: int) -> Cell:
    backlog = ticks(minutes, shards, spread_over=len(MARKETS), a_second=a_second)
    began = time.monotonic()
    found, marks = _read(backlog, read, knows_standing=True)
    seconds = time.monotonic() - began
    rows, expected = Counter(found.rows()), Counter(in_one_batch(backlog, marks).rows())
    alerts = Counter(one.alert.alert_type for one in found.findings if one.alert)
    tables = Counter(type(one.row).__name__ for one in found.findings if one.row)
    cell = Cell(
        minutes=minutes,
        shards=shards,
        read=read,
        trades=sum(map(len, backlog.values())),
        late=found.late,
        differing=(rows - expected).total() + (expected - rows).total(),
        windows=tables["VolumeAggregate"],
        spreads=tables["ExchangeSpread"],
        alerts=dict(sorted(alerts.items())),
        seconds=round(seconds, 1),
        late_without_standing=_read(backlog, read, knows_standing=False)[0].late,
    )
    sys.stderr.write(
        f"bench: {minutes} min, {shards} shards, {read}: {cell.trades:,} trades, {cell.late} late, {cell.differing} differ, "
        f"{sum(cell.alerts.values())} alerts, {cell.seconds} s (late without the poller's standing: {cell.late_without_standing:,})\n"
    )
    return cell


def _read(backlog: dict[str, list[Tick]], read: str, *, knows_standing: bool) -> tuple[Detectors, dict[str, int]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        outage(backlog, Path(folder), knows_standing=knows_standing) as waiting,
    ):
        _WAYS[read](waiting)
        return waiting.driver.detectors, dict(waiting.driver.marks)
