"""The audit of a table of five and of one of twenty million trades; beside it pyarrow, which reads the ids of the same files and no more.

The tables are as the stream leaves them, with holes, doubles and filled trades at known ids: all of these must be found, and nothing
else. Both are measured as processes, from their start to their end; what the larger table takes beyond the smaller is without the start.
"""

import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
import psutil

from benchmarks import audit_tables
from benchmarks.audit_tables import MARKETS, Made, Planted, Shape
from coattail_audit.report import MarketReport, Report

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = ROOT / ".local/bench/audit"
SMALL: Final = Shape(trades=5_000_000, days=5, landings=2)
LARGE: Final = Shape(trades=20_000_000, days=20, landings=2)
_TURNS: Final = 3
_LOOK_SECONDS: Final = 0.02
_UNSOUND: Final = 1
_FLOOR: Final = """
import sys
from pathlib import Path
from pyarrow.parquet import ParquetFile

for path in Path(sys.argv[1]).rglob("*.parquet"):
    with ParquetFile(path) as file:
        for _ in file.iter_batches(columns=["trade_id"]):
            pass
"""


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """The medians of some turns: seconds of the wall and of all processors, and the highest memory."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """What a table takes. `as_planted`: the audit found all that there is to find of each market, and nothing else."""

    trades: int
    files: int
    audit: Process
    floor: Process
    as_planted: bool


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """`rate` and `floor_rate` are trades a second beyond the smaller table, `ratio_to_floor` the first over the second; `cpu_us_a_trade`
    is a core's µs. `memory_growth` is the larger table's peak over the smaller's; `load` the machine's load average at the start."""

    small: Table
    large: Table
    rate: float
    floor_rate: float
    ratio_to_floor: float
    cpu_us_a_trade: float
    memory_growth: float
    load: float
    machine: str


def run() -> Result:
    """Measure: a minute on two quiet cores, and one more where the tables are not made yet."""
    load = os.getloadavg()[0]
    small, large = _measure("small", SMALL), _measure("large", LARGE)
    more = large.trades - small.trades
    rate, floor_rate = (
        more / max(of(large).seconds - of(small).seconds, _LOOK_SECONDS) for of in (_audit_of, _floor_of)
    )
    return Result(
        small=small,
        large=large,
        rate=round(rate),
        floor_rate=round(floor_rate),
        ratio_to_floor=round(rate / floor_rate, 3),
        cpu_us_a_trade=round((large.audit.cpu_seconds - small.audit.cpu_seconds) / more * 1e6, 3),
        memory_growth=round(large.audit.peak_mb / small.audit.peak_mb, 2),
        load=round(load, 1),
        machine=f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    )


def _audit_of(table: Table) -> Process:
    return table.audit


def _floor_of(table: Table) -> Process:
    return table.floor


def _measure(name: str, shape: Shape) -> Table:
    made = _table(FOLDER / name, shape)
    sys.stderr.write(f"bench: auditing the {name} table\n")
    report = FOLDER / "report.json"
    audit = (sys.executable, "-m", "coattail_audit", "--json", "--warehouse", made.warehouse, "--events", made.events)
    audits, floors = [], []
    for _ in range(_TURNS):
        audits.append(_process(audit, report, _UNSOUND))
        floors.append(_process((sys.executable, "-c", _FLOOR, made.warehouse), FOLDER / "floor", 0))
    found = msgspec.json.decode(report.read_bytes(), type=Report)
    return Table(
        trades=sum(one.trades for one in found.markets),
        files=sum(1 for _ in Path(made.warehouse).rglob("*.parquet")),
        audit=_median(audits),
        floor=_median(floors),
        as_planted=[(one.exchange, one.symbol) for one in found.markets] == sorted(MARKETS)
        and all(_is_as_planted(one, made.planted) for one in found.markets),
    )


def _table(folder: Path, shape: Shape) -> Made:
    """The table, made if there is none of this shape."""
    mark = folder / "made.json"
    with suppress(OSError, msgspec.DecodeError):
        made = msgspec.json.decode(mark.read_bytes(), type=Made)
        if made.shape == shape:
            return made
    sys.stderr.write(f"bench: making {shape.trades:,} trades\n")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = audit_tables.write(folder, shape)
    mark.write_bytes(msgspec.json.encode(made))
    return made


def _process(command: Sequence[str], output: Path, exit_code: int) -> Process:
    """Run it once. Its memory is looked at again and again: what the kernel says in the end knows its parent's too."""
    began, cpu, peak = time.monotonic(), 0.0, 0
    with output.open("wb") as out, subprocess.Popen(command, stdout=out) as process:
        looked_at = psutil.Process(process.pid)
        while process.poll() is None:
            with suppress(psutil.NoSuchProcess):
                times = looked_at.cpu_times()
                cpu, peak = times.user + times.system, max(peak, looked_at.memory_info().rss)
            time.sleep(_LOOK_SECONDS)
    if process.returncode != exit_code:
        raise SystemExit(f"bench: {command[2]} ended with {process.returncode}")
    return Process(seconds=time.monotonic() - began, cpu_seconds=cpu, peak_mb=peak / 2**20)


def _median(turns: Sequence[Process]) -> Process:
    def of(value: Callable[[Process], float]) -> float:
        return round(statistics.median(map(value, turns)), 2)

    return Process(
        seconds=of(lambda turn: turn.seconds),
        cpu_seconds=of(lambda turn: turn.cpu_seconds),
        peak_mb=round(of(lambda turn: turn.peak_mb)),
    )


def _is_as_planted(found: MarketReport, planted: Planted) -> bool:
    return (
        (found.trades, found.duplicates, found.is_sound) == (planted.trades, planted.duplicates, False)
        and found.doubled.first == planted.doubled
        and found.filled.first == planted.filled
        and found.missing.first == planted.missing
        and found.unreported.first == planted.unreported
    )
