"""What repeats cost the Spark application: processor time of a landing's batches and of its commit, with and without them.

Each round lands `TRADES` new trades in `BATCHES` batches, once as they are and once with `SHARE` of the records again: some at once, some
from an earlier batch of the landing, some from any earlier landing. The table ends up the same. Both share one process and take turns;
what counts is the median of the rounds' ratios, after rounds to warm up. The time of the JVM's compiler is left out: it ends when all
that is hot is compiled, in an application that runs for days, and is a third of all in one that runs for minutes.
"""

import itertools
import logging
import os
import platform
import random
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import psutil
import pyarrow as pa
from pyspark.sql import SparkSession

from benchmarks import trades
from benchmarks.detectors import FOLDER, SUBMIT, environment, jars
from coattail_detectors import registry
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.provenance import Provenance
from coattail_detectors.kernel.watermark import Watermarks
from coattail_detectors.modules.volume_anomaly.detector import VolumeDetector
from coattail_detectors.modules.whale_detector.detector import WhaleDetector
from coattail_runtime.telemetry import logger
from coattail_testing.bus import FakeBus
from stream_detectors import session
from stream_detectors.checkpoint import CheckpointStore
from stream_detectors.lakehouse import ANOMALY_ALERTS, DQ_REJECTS, RAW_TRADES, Lakehouse
from stream_detectors.landing import Lander
from stream_detectors.metrics import NoMetrics
from stream_detectors.outbox import Outbox
from stream_detectors.pipeline import Pipeline
from stream_detectors.progress import Progress
from stream_detectors.recovery import resume
from stream_detectors.settings import Settings
from stream_detectors.source.kinesis import to_arrow
from stream_detectors.source.records import StreamRecord

TRADES: Final = 250_000
BATCHES: Final = 5
SHARE: Final = 0.05
WARM_UP: Final = 3
ROUNDS: Final = 7
_COMPILERS_STAY: Final = ("--conf", "spark.driver.extraJavaOptions=-XX:-UseDynamicNumberOfCompilerThreads")
"""The time of a thread that has ended could not be told apart any more."""
_COMPILERS: Final = ("C1 Compiler", "C2 Compiler")
_KINDS: Final = ("none", "plain")


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """`ratio` is the processor time with repeats over that without, `batches_ratio` and `landing_ratio` of the two parts; medians of
    the rounds, with the least and the most of `ratio`. `cpu_us_a_trade`: µs of one core for each new trade, without repeats."""

    trades_a_landing: int
    share: float
    rounds: int
    ratio: float
    least: float
    most: float
    batches_ratio: float
    landing_ratio: float
    cpu_us_a_trade: float
    machine: str


class _Cost(msgspec.Struct, frozen=True):
    """Seconds of processor."""

    batches: float
    landing: float

    @property
    def both(self) -> float:
        return self.batches + self.landing


class _Application:
    """The application with its detectors of trades, on tables of its own."""

    def __init__(self, spark: SparkSession, folder: Path, name: str) -> None:
        features, provenance = Features(), Provenance.of("bench")
        detectors: list[BaseDetector] = [WhaleDetector(features, provenance), VolumeDetector(features, provenance)]
        tables = [one.module.table for one in detectors]
        self.lakehouse = Lakehouse(spark, name)
        self.lakehouse.create([RAW_TRADES, ANOMALY_ALERTS, DQ_REJECTS, *tables])
        store = CheckpointStore.at(str(folder / name), "us-west-2", None)
        log = logger("bench")
        log.setLevel(logging.ERROR)
        clock = itertools.count(1_800_000_000_000_000, 1_000_000)
        self.outbox = Outbox(FakeBus(), NoMetrics(), log, lambda: next(clock))
        self.outbox.start()
        self._pipeline = Pipeline(
            progress=Progress({}),
            detectors=detectors,
            outbox=self.outbox,
            lander=Lander(self.lakehouse, store, resume(self.lakehouse, store, tables)),
            wanted=registry.wanted(detectors, features),
            watermarks=Watermarks(0, 0),
            metrics=NoMetrics(),
            log=log,
            clock=lambda: next(clock),
        )

    def land(self, batches: Sequence[Sequence[StreamRecord]]) -> _Cost:
        """Show the batches and land them."""
        spark = self.lakehouse.spark
        frames = [spark.createDataFrame(pa.Table.from_batches(to_arrow(batch))).persist() for batch in batches]
        for frame in frames:
            frame.count()
        began = _cpu()
        for number, frame in enumerate(frames):
            self._pipeline.batch(frame, number)
        shown = _cpu()
        self._pipeline.land()
        ended = _cpu()
        for frame in frames:
            frame.unpersist()
        return _Cost(shown - began, ended - shown)


def run(trades_a_landing: int = TRADES, warm_up: int = WARM_UP, rounds: int = ROUNDS) -> Result:
    """Measure: about five minutes on two cores."""
    os.environ |= environment()
    os.environ["PYSPARK_SUBMIT_ARGS"] = " ".join(
        [*SUBMIT, *_COMPILERS_STAY, "--jars", ",".join(jars()), "pyspark-shell"]
    )
    draw = random.Random(2)  # noqa: S311  (which records come again, not secrets)
    landings = list(_landings(trades_a_landing, warm_up + rounds))
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=FOLDER) as name:
        spark = session.build(Settings(catalog="hadoop", warehouse=f"file://{name}/warehouse"))
        spark.sparkContext.setLogLevel("ERROR")
        applications = {kind: _Application(spark, Path(name), kind) for kind in _KINDS}
        costs: list[dict[str, _Cost]] = []
        for number, batches in enumerate(landings):
            earlier = [record for landing in landings[:number] for batch in landing for record in batch]
            shown = {"none": batches, "plain": _with_repeats(batches, earlier, draw)}
            # Each of the two goes first in half of the rounds.
            order = _KINDS if number % 2 else _KINDS[::-1]
            costs.append({kind: applications[kind].land(shown[kind]) for kind in order})
            none, plain = (costs[-1][kind].both for kind in _KINDS)
            sys.stderr.write(
                f"bench: landing {number + 1}: {none:.2f} s, with repeats {plain:.2f} s: {plain / none:.3f}\n"
            )
        counts = {
            kind: one.lakehouse.spark.table(one.lakehouse.name(RAW_TRADES)).count()
            for kind, one in applications.items()
        }
        for one in applications.values():
            one.outbox.close(1)
        spark.stop()
    if len(set(counts.values())) > 1:
        message = f"the tables hold differing numbers of trades: {counts}"
        raise RuntimeError(message)
    return _result(costs[warm_up:], trades_a_landing)


def _result(costs: list[dict[str, _Cost]], trades_a_landing: int) -> Result:
    ratios = [one["plain"].both / one["none"].both for one in costs]
    none = statistics.median(one["none"].both for one in costs)
    return Result(
        trades_a_landing=trades_a_landing,
        share=SHARE,
        rounds=len(costs),
        ratio=round(statistics.median(ratios), 3),
        least=round(min(ratios), 3),
        most=round(max(ratios), 3),
        batches_ratio=round(statistics.median(one["plain"].batches / one["none"].batches for one in costs), 3),
        landing_ratio=round(statistics.median(one["plain"].landing / one["none"].landing for one in costs), 3),
        cpu_us_a_trade=round(none / trades_a_landing * 1e6, 1),
        machine=f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    )


def _landings(trades_a_landing: int, count: int) -> list[list[list[StreamRecord]]]:
    """The records of each batch of each landing."""
    found = list(trades.records(trades_a_landing * count))
    batches = [list(batch) for batch in itertools.batched(found, -(-len(found) // (BATCHES * count)), strict=False)]
    return [list(landing) for landing in itertools.batched(batches, BATCHES, strict=False)]


def _with_repeats(
    batches: Sequence[Sequence[StreamRecord]], earlier: Sequence[StreamRecord], draw: random.Random
) -> list[list[StreamRecord]]:
    """The batches with records of three kinds again, each of them later in the stream than all."""
    before: list[StreamRecord] = []
    shown: list[list[StreamRecord]] = []
    for number, batch in enumerate(batches):
        each = round(len(batch) * SHARE / 3)
        again = [record for among in (batch, before, earlier) for record in draw.sample(among, min(each, len(among)))]
        first = (len(earlier) + 1) * 10**6 + number * 10**5
        shown.append(
            [*batch, *(_again(record, batch[-1], 10**24 + first + place) for place, record in enumerate(again))]
        )
        before.extend(batch)
    return shown


def _again(record: StreamRecord, last: StreamRecord, sequence_number: int) -> StreamRecord:
    return msgspec.structs.replace(record, sequence_number=str(sequence_number), arrived_at=last.arrived_at)


def _cpu() -> float:
    """Seconds of processor that this process and its descendants have used, without those of the JVM's compiler (on Linux)."""
    root = psutil.Process()
    return sum(_used(one) for one in (root, *root.children(recursive=True)))


def _used(process: psutil.Process) -> float:
    all_threads = process.cpu_times()
    compilers = [one for one in process.threads() if _name(process.pid, one.id).startswith(_COMPILERS)]
    return float(all_threads.user + all_threads.system - sum(one.user_time + one.system_time for one in compilers))


def _name(pid: int, thread: int) -> str:
    try:
        return Path(f"/proc/{pid}/task/{thread}/comm").read_text()
    except OSError:
        return ""
