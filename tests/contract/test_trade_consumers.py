"""Consumers of trades read every published version: the link and the writer, the detectors, the tables."""

import asyncio
from decimal import Decimal

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from tests.contract.payloads import Golden, golden, name_of

from coattail_common import lake
from coattail_common.contracts import Trade
from coattail_common.lines import TradeLine, decode_trade, encode_trade, pack, trade_line, unpack
from coattail_runtime import telemetry
from coattail_testkit.writer import FakeStream
from kinesis_writer import Reachability, Writer
from stream_detectors import records

TRADES = golden("trade")


@pytest.mark.parametrize("payload", TRADES, ids=name_of)
def test_a_line_of_the_stream_is_a_trade(payload: Golden) -> None:
    trade = decode_trade(payload.payload)
    assert trade.event_id == f"{trade.exchange}:{trade.symbol}:{trade.trade_id}"
    assert Decimal(trade.quote_volume) == Decimal(trade.price) * Decimal(trade.quantity)


def test_lines_are_packed_and_unpacked_untouched() -> None:
    lines = [payload.payload for payload in TRADES]
    assert unpack(pack(lines)) == lines


async def test_the_writer_puts_the_lines_on_the_stream_untouched() -> None:
    stream = FakeStream()
    queue: asyncio.Queue[TradeLine] = asyncio.Queue()
    trades = [decode_trade(payload.payload) for payload in TRADES]
    for trade in trades:
        queue.put_nowait(trade_line(trade))
    queue.shutdown()

    reachability = Reachability("contract", telemetry.logger("contract"))
    async with Writer(stream, reachability, record_bytes=50_000, record_age=0) as writer:
        await writer.drain(queue)

    written = [line for record in stream.records for line in unpack(record.payload)]
    assert sorted(written) == sorted(encode_trade(trade) for trade in trades)
    assert {record.partition_key for record in stream.records} == {trade.symbol for trade in trades}


@pytest.mark.spark
@pytest.mark.parametrize("payload", TRADES, ids=name_of)
def test_the_detectors_find_a_valid_trade_with_every_field(spark: SparkSession, payload: Golden) -> None:
    frame = spark.createDataFrame(
        [(bytearray(payload.payload), "shardId-000000000000", "1", None)],
        "data binary, shard_id string, sequence_number string, arrived_at timestamp",
    )
    judged = records.judged(frame).collect()
    trade = decode_trade(payload.payload)

    assert [row[records.VERDICT] for row in judged] == [None]
    assert {name: judged[0][name] for name in records.TRADE_FIELDS} == {
        name: getattr(trade, name) for name in Trade.__struct_fields__
    }


@pytest.mark.parametrize("payload", TRADES, ids=name_of)
def test_the_table_takes_every_field(payload: Golden) -> None:
    trade = decode_trade(payload.payload)
    schema = lake.iceberg_schema(Trade).as_arrow()
    amounts = {name: Decimal(getattr(trade, name)) for name in ("price", "quantity", "quote_volume")}
    row = {name: getattr(trade, name) for name in Trade.__struct_fields__} | amounts
    assert schema.names == list(row)
    assert pa.Table.from_pylist([row], schema=schema).to_pylist()[0]["quote_volume"] == amounts["quote_volume"]
