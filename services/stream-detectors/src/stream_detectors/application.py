"""The application: resume from the checkpoint, run the query and the landing thread, end in order."""

import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import FrameType

import msgspec
from aws_lambda_powertools import Logger
from pyspark import SparkFiles, inheritable_thread_target
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from coattail_common.tables import CORE
from coattail_decoder.decoder import implementation
from coattail_detectors.config import ConfigLoader
from coattail_detectors.kernel.watermark import Watermarks
from coattail_detectors.registry import wanted
from coattail_runtime import telemetry
from coattail_runtime.bus.bridge import Bus, EventBridge, NoBus
from stream_detectors import session
from stream_detectors.checkpoint import CheckpointStore
from stream_detectors.lakehouse import Lakehouse
from stream_detectors.landing import Lander
from stream_detectors.metrics import EmfMetrics
from stream_detectors.modules import go_on
from stream_detectors.outbox import Outbox
from stream_detectors.parts import Wishes
from stream_detectors.pipeline import Pipeline, utc_micros
from stream_detectors.progress import Progress
from stream_detectors.ready import announce
from stream_detectors.recovery import resume
from stream_detectors.scratch import scratch_folder
from stream_detectors.settings import Settings
from stream_detectors.source.kinesis import KinesisSource
from stream_detectors.source.partitioned import Place
from stream_detectors.source.shard_plan import PlanFile, ShardPlan
from stream_detectors.warmup import warm_up

SERVICE = "stream-detectors"
_TICK_SECONDS = 0.5
_HOLD_SECONDS = 0.05
_LAST_ALERTS_SECONDS = 2.0
"""A bus that takes nothing must not keep the last landing from its time: what waits is sealed as unsent."""


def run(settings: Settings) -> None:
    """Run until SIGTERM, then land what is left and return. Raises what made going on impossible; a restart goes on from the checkpoint."""
    log = telemetry.logger(SERVICE, settings.log_level)
    spark = session.build(settings)
    config = ShippedConfig(settings).load()
    wishes, tier, detectors = config.features, config.tier, config.detectors()
    spark.sparkContext.setLogLevel("ERROR")
    spark.dataSource.register(KinesisSource)
    stop = threading.Event()
    _on_termination(stop.set)
    warming = ThreadPoolExecutor(1, thread_name_prefix="warm-up").submit(
        inheritable_thread_target(spark)(warm_up), spark, wishes, tier, settings.warm_up_rounds
    )
    if not released(settings.hold, stop):
        return
    lakehouse = Lakehouse(spark, settings.database, region=settings.region, endpoint=settings.endpoint)
    lakehouse.create([*CORE, *(one.module.table for one in detectors)])
    store = CheckpointStore.at(settings.seals, settings.region, settings.endpoint)
    resumed = resume(lakehouse, store, [one.module.table for one in detectors])
    go_on(detectors, resumed.checkpoint, log)
    metrics = EmfMetrics(telemetry.metrics(SERVICE))
    watermarks = Watermarks(
        lateness=round(wishes.watermark.lateness_seconds * 1e6), idle=round(wishes.watermark.idle_seconds * 1e6)
    )
    watermarks.restore(resumed.checkpoint.watermarks, utc_micros())
    look_for = wanted(detectors, wishes)
    plan_file = PlanFile(scratch_folder(settings.scratch) / "plan.json")
    pages = Place(settings.stream, settings.region, settings.endpoint, settings.recorded).pages()
    outbox = Outbox(_bus(settings), metrics, log, utc_micros)
    outbox.recall(resumed.checkpoint.unsent_since)
    pipeline = Pipeline(
        progress=Progress({one.market: one.ids for one in resumed.checkpoint.landed}),
        detectors=detectors,
        outbox=outbox,
        lander=Lander(lakehouse, store, resumed),
        wanted=look_for,
        watermarks=watermarks,
        plan=ShardPlan(pages.shards, resumed.checkpoint.positions, plan_file),
        metrics=metrics,
        log=log,
        newest=resumed.checkpoint.seen_until(),
    )
    log.info(
        "starting",
        sealed_at=resumed.checkpoint.sealed_at,
        shards=len(resumed.checkpoint.positions),
        config_hash=wishes.config_hash,
        decoder=implementation(),
    )
    # A query takes seconds to its first batch, which waits for the end of the warm-up; the two need not wait for each other.
    query = _start(spark, settings, Wishes.of(look_for), when_warm(pipeline.batch, warming), plan_file)
    warming.result()
    outbox.start()
    announce(settings)
    # A pool of its own: in the query's, detection would stand in line behind the tasks of a landing.
    spark.sparkContext.setLocalProperty("spark.scheduler.pool", "landing")
    try:
        while not stop.wait(_TICK_SECONDS):
            _land_if_due(query, pipeline, settings, log)
            outbox.refill(lakehouse)
        pipeline.end()
        query.stop()
        pipeline.settle()
        outbox.close(_LAST_ALERTS_SECONDS)
        pipeline.land()
    except Exception as error:
        if not stop.is_set():
            raise
        # The signal that ends this process may end the JVM first. What is not landed is read again at the next start.
        log.warning("stopped before the last landing", error=repr(error)[:500])
    log.info("stopped")


def when_warm(batch: Callable[[DataFrame, int], None], warming: Future[None]) -> Callable[[DataFrame, int], None]:
    """Return `batch`, whose first call waits for the end of the warm-up. Raises what that raised."""

    def warm_batch(frame: DataFrame, number: int) -> None:
        warming.result()
        batch(frame, number)

    return warm_batch


def released(hold: Path | None, stop: threading.Event) -> bool:
    """Wait until the file `hold` is there, if one is named. False when `stop` comes first."""
    while hold is not None and not hold.exists():
        if stop.wait(_HOLD_SECONDS):
            return False
    return True


def _start(
    spark: SparkSession,
    settings: Settings,
    wishes: Wishes,
    batch: Callable[[DataFrame, int], None],
    plan: PlanFile,
) -> StreamingQuery:
    """The query. Its checkpoint is scratch: it starts at the checkpoint's positions each time, which the plan says."""
    options = {
        "streamName": settings.stream,
        "region": settings.region,
        "endpoint": settings.endpoint or "",
        "batchBytes": str(settings.batch_bytes),
        "recorded": settings.recorded or "",
        "plan": str(plan.path),
        "wishes": msgspec.json.encode(wishes).decode(),
        "tasks": str(spark.sparkContext.defaultParallelism),
    }
    source = spark.readStream.format("kinesis").options(**options).load()
    checkpoint = scratch_folder(settings.scratch).as_uri()
    writer = source.writeStream.foreachBatch(batch).option("checkpointLocation", checkpoint)
    return writer.trigger(processingTime=f"{int(settings.trigger_seconds * 1000)} milliseconds").start()


def _land_if_due(query: StreamingQuery, pipeline: Pipeline, settings: Settings, log: Logger) -> None:
    """Land when it is time. Raises the query's error when the query has died."""
    if not query.isActive:
        error = query.exception()
        log.error("query ended", error=str(error))
        raise error or RuntimeError("the query ended by itself")
    pipeline.settle()
    trades, waited = pipeline.waiting()
    if trades >= settings.landing_trades or waited >= settings.landing_seconds * 1_000_000:
        pipeline.land()


class ShippedConfig(ConfigLoader):
    """Files by their paths, or by the names under which they came with the job (`--files`), which puts them in no working folder."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def features_file(self) -> Path:
        """See `ConfigLoader.features_file`."""
        return self._there(self._settings.features)

    def tier_file(self) -> Path:
        """See `ConfigLoader.tier_file`."""
        return self._there(self._settings.tier)

    def _there(self, name: str) -> Path:
        path = Path(name)
        return path if path.exists() else Path(SparkFiles.get(name))


def _bus(settings: Settings) -> Bus:
    if not settings.bus:
        return NoBus()
    return EventBridge.at(settings.bus, settings.region, settings.endpoint, f"coattail.{SERVICE}")


def _on_termination(act: Callable[[], None]) -> None:
    def handle(_signal: int, _frame: FrameType | None) -> None:
        act()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
