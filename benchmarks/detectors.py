"""Catch-up of the Spark application: how fast it detects and lands what waits in the stream.

The records are read before, through the source's seam, so that neither Kinesis nor its emulator is measured. The application
runs as it is deployed, on two cores, with a warehouse in a folder. The floor is the same records only parsed and judged by the
same Spark, without detection, de-duplication or tables. Warm: from the end of the first landing to the end of the last.
"""

import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import psutil

from benchmarks import trades
from stream_detectors import records, session
from stream_detectors.settings import Settings
from stream_detectors.source.kinesis import SCHEMA

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = ROOT / ".local/bench/detectors"
TRADES: Final = 2_000_000
SUBMIT: Final = (
    *("--master", "local[2]"),
    *("--driver-memory", "4g"),
    *("--conf", "spark.ui.enabled=false"),
    *("--conf", "spark.sql.shuffle.partitions=2"),
)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Rates in trades a second, with the Small tier. `without_detectors` is the same application with no module, and
    `ratio_to_no_detectors` is `catch_up` over it; `ratio_to_floor` is `catch_up` over `floor`; `cpu_us_a_trade` is
    what all processes of the application use while warm, µs of one core."""

    trades: int
    catch_up: float
    cold_catch_up: float
    without_detectors: float
    ratio_to_no_detectors: float
    floor: float
    ratio_to_floor: float
    cpu_us_a_trade: float
    landings: int
    alerts: int
    machine: str


class _Landing(msgspec.Struct, frozen=True):
    at: float
    cpu: float
    trades: float


def run() -> Result:
    """Measure once: about four minutes on two cores."""
    stream = FOLDER / f"stream-{TRADES}"
    if not stream.exists():
        sys.stderr.write(f"bench: making {TRADES:,} trades\n")
        trades.write(stream, TRADES)
    sys.stderr.write("bench: running the application with the Small tier\n")
    began, landings, alerts = _application(stream, ROOT / "config/tiers/small.yaml")
    warm = landings[1:]
    catch_up = _warm_rate(landings)
    sys.stderr.write("bench: running the application without detectors\n")
    no_modules = FOLDER / "no-modules.yaml"
    no_modules.write_text("modules: []\n")
    without = _warm_rate(_application(stream, no_modules)[1])
    sys.stderr.write("bench: running the floor\n")
    floor = _floor(stream)
    return Result(
        trades=TRADES,
        catch_up=round(catch_up),
        cold_catch_up=round(sum(one.trades for one in landings) / (landings[-1].at - began)),
        without_detectors=round(without),
        ratio_to_no_detectors=round(catch_up / without, 3),
        floor=round(floor),
        ratio_to_floor=round(catch_up / floor, 3),
        cpu_us_a_trade=round((warm[-1].cpu - landings[0].cpu) / sum(one.trades for one in warm) * 1e6, 1),
        landings=len(landings),
        alerts=alerts,
        machine=f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    )


def _warm_rate(landings: list[_Landing]) -> float:
    """Trades a second from the end of the first landing to the end of the last."""
    return sum(one.trades for one in landings[1:]) / (landings[-1].at - landings[0].at)


def _application(stream: Path, tier: Path) -> tuple[float, list[_Landing], int]:
    """When it began to read (s), its landings, and how many alerts it raised."""
    work = FOLDER / "run"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    command = [
        str(Path(sys.executable).parent / "spark-submit"),
        *SUBMIT,
        *("--jars", ",".join(jars())),
        str(ROOT / "services/stream-detectors/src/stream_detectors/__main__.py"),
        *("--catalog", "hadoop"),
        *("--warehouse", f"file://{work}/warehouse"),
        *("--seals", str(work / "seals")),
        *("--bus", ""),
        *("--recorded", str(stream)),
        *("--features", str(ROOT / "config/features.yaml")),
        *("--tier", str(tier)),
    ]
    log = work / "stderr.log"
    with log.open("w") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, env=environment(), text=True)
    assert process.stdout is not None
    landings: list[_Landing] = []
    alerts, began = 0, 0.0
    for event in _events(process.stdout):
        if event.get("message") == "starting":
            began = time.monotonic()
        alerts += round(_total(event, "AlertsRaised"))
        if "TradesLanded" in event:
            landings.append(_Landing(time.monotonic(), _cpu(process.pid), _total(event, "TradesLanded")))
            sys.stderr.write(f"bench: {sum(one.trades for one in landings):,.0f} of {TRADES:,} landed\n")
        if sum(one.trades for one in landings) >= TRADES:
            break
    else:
        raise SystemExit(f"bench: the application ended before it had landed all; its log is {log}")
    process.send_signal(signal.SIGTERM)
    process.wait()
    return began, landings, alerts


def _events(lines: Iterator[str]) -> Iterator[dict[str, object]]:
    for line in lines:
        if line.startswith("{"):
            yield msgspec.json.decode(line)


def _cpu(pid: int) -> float:
    """Seconds of processor that the process and its descendants have used."""
    root = psutil.Process(pid)
    times = [one.cpu_times() for one in (root, *root.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


def _total(event: dict[str, object], name: str) -> float:
    values = event.get(name, [])
    return sum(values) if isinstance(values, list) else 0.0


def _floor(stream: Path) -> float:
    """Trades a second through parsing and judging alone; the better of two rounds after one to warm up."""
    os.environ |= environment()
    os.environ["PYSPARK_SUBMIT_ARGS"] = " ".join([*SUBMIT, "--jars", ",".join(jars()), "pyspark-shell"])
    spark = session.build(Settings(catalog="hadoop", warehouse=f"file://{FOLDER}/run/warehouse"))
    spark.sparkContext.setLogLevel("ERROR")
    seconds = []
    for _ in range(3):
        began = time.monotonic()
        judged = records.judged(spark.read.schema(SCHEMA).parquet(str(stream)))
        judged.write.format("noop").mode("overwrite").save()
        seconds.append(time.monotonic() - began)
    spark.stop()
    return TRADES / min(seconds[1:])


def jars() -> list[str]:
    """What Spark is started with."""
    return sorted(str(jar) for jar in (ROOT / ".local/ivy/jars").glob("*.jar"))


def environment() -> dict[str, str]:
    """The environment in which Spark finds this Python, and no AWS."""
    binaries = str(Path(sys.executable).parent)
    return os.environ | {
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "AWS_ENDPOINT_URL": "",
    }
