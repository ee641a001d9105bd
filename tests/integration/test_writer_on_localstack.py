"""The writer on a real emulator: what is put can be read, each market's trades in order."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiobotocore.session import get_session

from coattail_common.lines import decode_trade, unpack
from coattail_runtime import telemetry
from coattail_runtime.link import group
from coattail_testing.records import a_line
from kinesis_writer import Reachability, Writer, open_stream

pytestmark = [pytest.mark.localstack, pytest.mark.usefixtures("cloud")]

REGION = "us-west-2"
SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT")


@pytest.fixture
async def client() -> AsyncIterator[Any]:
    async with get_session().create_client("kinesis", region_name=REGION) as client:
        yield client


@pytest.fixture
async def stream_name(client: Any) -> AsyncIterator[str]:
    name = f"writer-{uuid.uuid4().hex[:8]}"
    await client.create_stream(StreamName=name, ShardCount=2)
    await client.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    yield name
    await client.delete_stream(StreamName=name, EnforceConsumerDeletion=True)


async def read_all(client: Any, stream_name: str) -> list[bytes]:
    """Every line of the stream, shard by shard."""
    lines: list[bytes] = []
    for shard in (await client.list_shards(StreamName=stream_name))["Shards"]:
        position = await client.get_shard_iterator(
            StreamName=stream_name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        iterator = position["ShardIterator"]
        while True:
            answer = await client.get_records(ShardIterator=iterator)
            for record in answer["Records"]:
                lines += unpack(record["Data"])
            if not answer["Records"]:
                break
            iterator = answer["NextShardIterator"]
    return lines


async def test_what_is_put_can_be_read_in_order(client: Any, stream_name: str) -> None:
    reachability = Reachability(stream_name, telemetry.logger("tests"))
    trades = [a_line(trade_id, symbol=symbol) for trade_id in range(500) for symbol in SYMBOLS]
    async with (
        open_stream(stream_name, REGION, calls=4) as stream,
        Writer(stream, reachability, record_bytes=5_000, record_age=0) as writer,
    ):
        await stream.check()
        for batch in group(trades, 2_000):
            await writer.put(batch, lambda: None)
        await writer.flush()

    arrived = [decode_trade(line) for line in await read_all(client, stream_name)]
    for symbol in SYMBOLS:
        assert [trade.trade_id for trade in arrived if trade.symbol == symbol] == list(range(500))
