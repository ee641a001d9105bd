"""The embedded composition: a connector and the writer gathered in one process, between the simulator and LocalStack."""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiobotocore.session import get_session

from coattail_common.lines import decode_trade, unpack
from coattail_connector import Reporter, run
from coattail_harness.exchange import simulated
from coattail_runtime import telemetry
from ingest_binance.connector import BinanceConnector
from kinesis_writer import Reachability, Writer, open_stream

pytestmark = [pytest.mark.localstack, pytest.mark.usefixtures("cloud")]

REGION = "us-west-2"
SYMBOLS = ("BTC-USDT", "ETH-USDT")
PATIENCE = 240.0


@pytest.fixture
async def simulator(tmp_path: Path) -> AsyncIterator[dict[str, Any]]:
    async with simulated(tmp_path / "simulator.log", "--rate", "300") as client:
        yield msgspec.json.decode(client.ready.line())


async def until(
    condition: Callable[[dict[str, Any]], bool], http: aiohttp.ClientSession, control: str
) -> dict[str, Any]:
    """The simulator's status once the condition holds of it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            async with http.get(f"{control}/status") as answer:
                status: dict[str, Any] = await answer.json()
            if condition(status):
                return status
            await asyncio.sleep(0.1)


async def stored(client: Any, stream: str) -> dict[str, list[int]]:
    """Market → the trade ids of the stream, in its order."""
    ids = defaultdict(list)
    for shard in (await client.list_shards(StreamName=stream))["Shards"]:
        position = {"StreamName": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = (await client.get_shard_iterator(**position))["ShardIterator"]
        while (answer := await client.get_records(ShardIterator=iterator))["Records"]:
            for record in answer["Records"]:
                for trade in map(decode_trade, unpack(record["Data"])):
                    ids[trade.symbol].append(trade.trade_id)
            iterator = answer["NextShardIterator"]
    return ids


async def until_stored(sent: dict[str, list[int]], client: Any, stream: str) -> None:
    """Returns when the stream holds just these ids, in this order."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if await stored(client, stream) == sent:
                return
            await asyncio.sleep(0.2)


async def test_every_trade_sent_is_in_the_stream_once_and_in_order(simulator: dict[str, Any]) -> None:
    name, stop = f"embedded-{uuid.uuid4().hex[:8]}", asyncio.Event()
    log = telemetry.logger("embedded")
    connector = BinanceConnector(
        SYMBOLS, simulator["binance_ws"], Reporter("embedded", log, telemetry.metrics("embedded"))
    )
    async with (
        aiohttp.ClientSession() as http,
        get_session().create_client("kinesis", region_name=REGION) as client,
    ):
        await client.create_stream(StreamName=name, ShardCount=2)
        await client.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
        async with open_stream(name, REGION, calls=4) as stream, Writer(stream, Reachability(name, log)) as writer:
            running = asyncio.create_task(run(connector, writer, stop=stop))
            await until(lambda status: status["subscribers"]["binance"] == len(SYMBOLS), http, simulator["control"])
            await http.post(f"{simulator['control']}/start")
            await until(lambda status: status["sent"] >= 600, http, simulator["control"])
            await http.post(f"{simulator['control']}/stop")
            status = await until(lambda status: status["state"] == "stopped", http, simulator["control"])
            sent = {
                market["symbol"]: list(range(market["first_trade_id"], market["last_trade_id"] + 1))
                for market in status["markets"]
                if market["exchange"] == "binance"
            }
            await until_stored(sent, client, name)
            stop.set()
            delivery = await running
        await client.delete_stream(StreamName=name, EnforceConsumerDeletion=True)

    assert delivery.complete
    assert set(sent) == set(SYMBOLS)
