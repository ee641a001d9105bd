"""A replay of five million trades in files by each engine, and the same aggregates in DuckDB on the same files.

The whole command is measured, from its start to its end: the engine's start, reading, judging, landing, the small tier's detectors,
tables and pictures. DuckDB does what the detectors ask of the trades: volumes and VWAP of each market by 30 s and 60 s, the trades above a
threshold, and the bursts (one market, side and millisecond) above it. It keeps and judges nothing.
"""

import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import duckdb
import msgspec
import psutil

from benchmarks import trade_files

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = ROOT / ".local/bench/replay"
_RUN: Final = FOLDER / "run"
TRADES: Final = 5_000_000
_LOOK_SECONDS: Final = 0.25
_THRESHOLD: Final = 100_000
_WINDOWS: Final = (
    "SELECT exchange, symbol, timestamp // {0} AS start, count(*), sum(amount), sum(price * amount) / sum(amount) "
    "FROM trades GROUP BY exchange, symbol, start"
)
_WHALES: Final = "SELECT * FROM trades WHERE price * amount > {0}"
_BURSTS: Final = (
    "SELECT exchange, symbol, side, timestamp // 1000 AS millisecond, min(id), max(id), count(*) AS fills, "
    "sum(price * amount) AS usd FROM trades GROUP BY exchange, symbol, side, millisecond HAVING usd > {0} AND fills > 1"
)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Rates in trades a second over the whole command. `ratio_to_duckdb` is `rate` over `duckdb_rate`; `seconds` by phase;
    `cpu_us_a_trade` is what all its processes use, µs of one core; what begins with `spark_` is the same of that engine;
    `load` is the machine's load average when it began."""

    trades: int
    rate: float
    wall_seconds: float
    cpu_us_a_trade: float
    duckdb_rate: float
    duckdb_seconds: float
    ratio_to_duckdb: float
    alerts: dict[str, int]
    duckdb_whales: int
    duckdb_bursts: int
    seconds: dict[str, float]
    spark_rate: int
    spark_wall_seconds: float
    spark_cpu_us_a_trade: float
    spark_seconds: dict[str, float]
    load: float
    machine: str


class _Report(msgspec.Struct):
    trades: int
    alerts: dict[str, int]
    seconds: dict[str, float]


def run() -> Result:
    """Measure once: about two minutes on two cores. Raises `SystemExit` when the engines find different alerts."""
    files = [FOLDER / f"{exchange}_trades.csv" for exchange in trade_files.VENUES]
    if not all(file.exists() for file in files):
        sys.stderr.write(f"bench: making {TRADES:,} trades\n")
        files = trade_files.write(FOLDER, TRADES)
    load = os.getloadavg()[0]
    sys.stderr.write("bench: running the replay\n")
    wall, cpu, report = _replay(files, "arrow")
    alerts = (_RUN / "alerts.jsonl").read_bytes()
    sys.stderr.write("bench: running the replay on Spark\n")
    spark_wall, spark_cpu, on_spark = _replay(files, "spark")
    if (_RUN / "alerts.jsonl").read_bytes() != alerts:
        raise SystemExit("bench: the engines find different alerts")
    sys.stderr.write("bench: running DuckDB\n")
    seconds, whales, bursts = _duckdb(files)
    return Result(
        trades=report.trades,
        rate=round(report.trades / wall),
        wall_seconds=round(wall, 1),
        cpu_us_a_trade=round(cpu / report.trades * 1e6, 1),
        duckdb_rate=round(TRADES / seconds),
        duckdb_seconds=round(seconds, 2),
        ratio_to_duckdb=round(seconds / wall, 3),
        alerts=report.alerts,
        duckdb_whales=whales,
        duckdb_bursts=bursts,
        seconds=report.seconds,
        spark_rate=round(on_spark.trades / spark_wall),
        spark_wall_seconds=round(spark_wall, 1),
        spark_cpu_us_a_trade=round(spark_cpu / on_spark.trades * 1e6, 1),
        spark_seconds=on_spark.seconds,
        load=round(load, 1),
        machine=f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    )


def _replay(files: Sequence[Path], engine: str) -> tuple[float, float, _Report]:
    """Seconds of the wall and of all processors that the command took, and what it reported."""
    shutil.rmtree(_RUN, ignore_errors=True)
    _RUN.mkdir(parents=True)
    command = [
        *(sys.executable, "-m", "coattail_replay", "--plain", "--engine", engine),
        *("--warehouse", str(_RUN / "warehouse")),
        *("--alerts", str(_RUN / "alerts.jsonl")),
        *("--tables", str(_RUN / "tables")),
        *("--plots", str(_RUN / "plots")),
        *("--report", str(_RUN / "report.json")),
        *map(str, files),
    ]
    began = time.monotonic()
    used: dict[int, float] = {}
    with subprocess.Popen(command, stdout=sys.stderr) as process:
        while process.poll() is None:
            used |= _used(process.pid)
            time.sleep(_LOOK_SECONDS)
    wall = time.monotonic() - began
    if process.returncode:
        raise SystemExit(process.returncode)
    return wall, sum(used.values()), msgspec.json.decode((_RUN / "report.json").read_bytes(), type=_Report)


def _used(pid: int) -> dict[int, float]:
    """Seconds of processor by process, of one and its descendants."""
    used = {}
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for one in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                used[one.pid] = float(times.user + times.system)
    return used


def _duckdb(files: Sequence[Path]) -> tuple[float, int, int]:
    """Seconds for all aggregates, each over the files, and how many large trades and bursts there are."""
    began = time.monotonic()
    with duckdb.connect() as database:
        database.execute("SET enable_progress_bar = false")
        names = ", ".join(f"'{file}'" for file in files)
        database.execute(f"CREATE TABLE trades AS SELECT * FROM read_csv([{names}])")  # noqa: S608  (our own files)
        for micros in (30_000_000, 60_000_000):
            database.execute(_WINDOWS.format(micros)).fetchall()
        whales = database.execute(_WHALES.format(_THRESHOLD)).fetchall()
        bursts = database.execute(_BURSTS.format(_THRESHOLD)).fetchall()
    return time.monotonic() - began, len(whales), len(bursts)
