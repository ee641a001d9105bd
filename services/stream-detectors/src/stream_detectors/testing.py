"""For tests of whatever reads the stream: made-up trades and records, and their frames."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from coattail_common.contracts import Side, Trade
from coattail_common.lines import encode_trade, pack
from coattail_common.testing import a_trade
from stream_detectors.source.kinesis import to_arrow
from stream_detectors.source.records import StreamRecord

MOMENT: Final = 1_767_225_600_000_000
"""2026-01-01, UTC, µs."""


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
    return StreamRecord(pack(lines), "any", str(sequence_number), shard_id, datetime(2026, 1, 1, tzinfo=UTC))


def record_of(
    trades: Iterable[Trade], sequence_number: int = 1, shard_id: str = "shardId-000000000000"
) -> StreamRecord:
    """A record of the stream with these trades."""
    return record([encode_trade(one) for one in trades], sequence_number, shard_id)


def frame(spark: SparkSession, records: Sequence[StreamRecord]) -> DataFrame:
    """The records as the source would give them."""
    return spark.createDataFrame(pa.Table.from_batches(to_arrow(records)))
