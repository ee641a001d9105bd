"""Running the main path over made-up records before the first real one, so that no alert pays for the compiling of it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from coattail_common.contracts import Origin, Side, Trade, event_id
from coattail_common.lines import encode_trade, pack
from coattail_detectors import ModuleRegistry, registry
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.tiers import Tier
from coattail_detectors.kernel.watermark import Watermarks
from coattail_runtime.bus.bridge import NoBus
from coattail_runtime.telemetry import logger
from stream_detectors.checkpoint import CheckpointStore
from stream_detectors.lakehouse import ANOMALY_ALERTS, DQ_REJECTS, RAW_TRADES, SCRATCH, Lakehouse
from stream_detectors.landing import Lander
from stream_detectors.metrics import NoMetrics
from stream_detectors.outbox import Outbox
from stream_detectors.parts import Wishes, parts_of, reads_of
from stream_detectors.pipeline import Pipeline, utc_micros
from stream_detectors.progress import Progress
from stream_detectors.recovery import resume
from stream_detectors.scratch import scratch_folder
from stream_detectors.source.records import StreamRecord

_TRADES: Final = 200
_MOMENT: Final = 1_700_000_000_000_000


def warm_up(spark: SparkSession, features: Features, tier: Tier, rounds: int) -> None:
    """Run a pipeline of its own over `rounds` batches of made-up records, landing in a scratch folder.

    Nothing of it leaves this machine.
    """
    detectors = ModuleRegistry.load().enabled(features, tier.modules)
    tables = [one.module.table for one in detectors]
    lakehouse = Lakehouse(spark, "warm_up", SCRATCH)
    lakehouse.create([RAW_TRADES, ANOMALY_ALERTS, DQ_REJECTS, *tables])
    store = CheckpointStore.at(str(scratch_folder()), "", None)
    look_for = registry.wanted(detectors, features)
    pipeline = Pipeline(
        progress=Progress({}),
        detectors=detectors,
        outbox=Outbox(NoBus(), NoMetrics(), logger("warm-up"), utc_micros),
        lander=Lander(lakehouse, store, resume(lakehouse, store, tables)),
        wanted=look_for,
        watermarks=Watermarks(0, 0),
        metrics=NoMetrics(),
        log=logger("warm-up"),
    )
    for number in range(rounds):
        pipeline.batch(_batch(spark, number, Wishes.of(look_for)), number)
        if number % 4 == 1:
            pipeline.land()


def _batch(spark: SparkSession, number: int, wishes: Wishes) -> DataFrame:
    lines = [encode_trade(_trade(number * _TRADES + position)) for position in range(_TRADES)]
    record = StreamRecord(
        pack([*lines, b"not a trade"]), "WARM-USD", str(number), "shardId-000000000000", datetime.now(UTC)
    )
    return spark.createDataFrame(pa.Table.from_batches([parts_of([record], reads_of([record]), wishes)]))


def _trade(number: int) -> Trade:
    price, quantity = Decimal("100.01"), Decimal(2_000 if number % 100 == 0 else 1)
    return Trade(
        event_id=event_id("none", "WARM-USD", number),
        exchange="none",
        symbol="WARM-USD",
        base="WARM",
        quote="USD",
        trade_id=number,
        price=f"{price:f}",
        quantity=f"{quantity:f}",
        quote_volume=f"{price * quantity:f}",
        side=Side.BUY,
        timestamp=_MOMENT + number * 500,
        ingestion_timestamp=_MOMENT + number * 500,
        origin=Origin.STREAM,
    )
