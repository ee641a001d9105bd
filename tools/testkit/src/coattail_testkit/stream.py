"""For tests of whatever reads the stream: made-up trades, records and alerts, and a bus that takes or refuses them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Final

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from tenacity import wait_fixed

from coattail_common.contracts import Alert, Lineage, Severity, Side, Trade
from coattail_common.lines import encode_trade, pack
from coattail_detectors import ModuleRegistry, registry
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.observed import Wanted
from coattail_detectors.modules.whale_detector.alerts import WhaleTradeDetails
from coattail_runtime.bus.bridge import Bus
from coattail_runtime.telemetry import logger
from coattail_testing.records import a_trade
from stream_detectors.metrics import NoMetrics
from stream_detectors.outbox import Outbox
from stream_detectors.parts import Wishes, parts_of, reads_of
from stream_detectors.source.kinesis import to_arrow
from stream_detectors.source.records import StreamRecord

MOMENT: Final = 1_767_225_600_000_000
"""2026-01-01, UTC, µs."""
ARRIVAL: Final = datetime(2027, 1, 1, tzinfo=UTC)
"""When every record arrives unless it says otherwise: after all trades."""


def trade(
    trade_id: int,
    amount: str = "100",
    *,
    exchange: str = "binance",
    symbol: str = "BTC-USDT",
    side: Side = Side.BUY,
    timestamp: int | None = None,
) -> Trade:
    """A valid trade of one unit at the price of `amount`; each id in a millisecond of its own unless `timestamp` says otherwise."""
    moment = MOMENT + trade_id * 1000 if timestamp is None else timestamp
    return a_trade(trade_id, exchange=exchange, symbol=symbol, price=amount, quantity="1", side=side, timestamp=moment)


def record(lines: Iterable[bytes], sequence_number: int = 1, shard_id: str = "shardId-000000000000") -> StreamRecord:
    """A record of the stream with these lines."""
    return StreamRecord(pack(lines), "any", str(sequence_number), shard_id, ARRIVAL)


def record_of(
    trades: Iterable[Trade], sequence_number: int = 1, shard_id: str = "shardId-000000000000"
) -> StreamRecord:
    """A record of the stream with these trades."""
    return record([encode_trade(one) for one in trades], sequence_number, shard_id)


def frame(spark: SparkSession, records: Sequence[StreamRecord]) -> DataFrame:
    """The records as the plain source would give them."""
    return spark.createDataFrame(pa.Table.from_batches(to_arrow(records)))


def batch(spark: SparkSession, records: Sequence[StreamRecord], wanted: Wanted | None = None) -> DataFrame:
    """The parts that a task would make of the records; `wanted` is by default what all modules together want."""
    wishes = Wishes.of(wanted or _wanted_by_all())
    return spark.createDataFrame(pa.Table.from_batches([parts_of(records, reads_of(records), wishes)]))


@cache
def _wanted_by_all() -> Wanted:
    features, modules = Features(), ModuleRegistry.load()
    return registry.wanted(modules.enabled(features, [one.name for one in modules.modules]), features)


def alert(number: int, detected_at: int | None = None) -> Alert:
    """An alert of the trade of that id, detected a second after the one before unless `detected_at` (UTC, µs) says otherwise."""
    moment = MOMENT + number * 1_000_000 if detected_at is None else detected_at
    return Alert.with_details(
        WhaleTradeDetails(
            side=Side.BUY, trade_id=number, price="1", quantity="150000", usd="150000", threshold_usd="100000"
        ),
        alert_id=f"MOD-002:whale_trade:binance:BTC-USDT:{number:06d}",
        module_id="MOD-002",
        symbol="BTC-USDT",
        severity=Severity.MEDIUM,
        detected_at=moment,
        event_time=moment,
        message="a whale",
        lineage=Lineage(
            correlation_id="c",
            module_id="MOD-002",
            detector="test",
            config_hash="c0ffee",
            pipeline_version="0",
            processed_at=moment,
            first_trade_id=number,
            last_trade_id=number,
            trade_count=1,
        ),
        exchange="binance",
    )


def outbox_of(bus: Bus) -> Outbox:
    """An outbox that sends to the bus and waits little before it tries again."""
    outbox = Outbox(bus, NoMetrics(), logger("test"), lambda: MOMENT, wait=wait_fixed(0.001))
    outbox.start()
    return outbox
