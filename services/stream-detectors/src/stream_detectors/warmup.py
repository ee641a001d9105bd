"""Running the main path over a few made-up records before the first real one, so that no alert pays for the compiling of it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import pyarrow as pa
from pyspark.sql import SparkSession

from coattail_common.contracts import Origin, Side, Trade, event_id
from coattail_common.lines import encode_trade, pack
from stream_detectors import records
from stream_detectors.features import Features
from stream_detectors.observation import observe
from stream_detectors.source.kinesis import to_arrow
from stream_detectors.source.records import StreamRecord

ROUNDS: Final = 6
_TRADES: Final = 200
_MOMENT: Final = 1_700_000_000_000_000


def warm_up(spark: SparkSession, features: Features) -> None:
    """Judge and observe made-up records a few times. Nothing of it is kept."""
    for _ in range(ROUNDS):
        judged = records.judged(spark.createDataFrame(pa.Table.from_batches(to_arrow([_record()])))).persist()
        observe(judged, features.floor)
        judged.unpersist()


def _record() -> StreamRecord:
    lines = [encode_trade(_trade(number)) for number in range(_TRADES)]
    return StreamRecord(pack([*lines, b"not a trade"]), "WARM-UP", "1", "shardId-000000000000", datetime.now(UTC))


def _trade(number: int) -> Trade:
    price, quantity = Decimal("100.01"), Decimal(number % 7 + 1)
    return Trade(
        event_id=event_id("none", "WARM-UP", number),
        exchange="none",
        symbol="WARM-UP",
        base="WARM",
        quote="UP",
        trade_id=number,
        price=f"{price:f}",
        quantity=f"{quantity:f}",
        quote_volume=f"{price * quantity:f}",
        side=Side.BUY,
        timestamp=_MOMENT + number * 500,
        ingestion_timestamp=_MOMENT,
        origin=Origin.STREAM,
    )
