"""The AWS of a run with a failing bus, asked by boto3 as the application asks it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from coattail_chaos.bus import cloud
from coattail_chaos.bus.event_bus import EventBus
from coattail_chaos.bus.feed import SHARDS
from coattail_chaos.bus.outages import Kind
from coattail_runtime.bus.bridge import EventBridge
from coattail_runtime.bus.entries import Refusal
from coattail_testing.kinesis_reading import ReadableStream
from coattail_testkit.stream import alert
from stream_detectors.source.poller import list_shards

ALERTS = [alert(1), alert(2)]
IDS = {one.alert_id for one in ALERTS}


class Clients:
    """The server, and clients of it."""

    def __init__(self, port: int, stream: ReadableStream, bus: EventBus) -> None:
        self.stream, self.bus = stream, bus
        keys = {"region_name": "us-west-2", "aws_access_key_id": "chaos", "aws_secret_access_key": "chaos"}
        config = Config(connect_timeout=3, read_timeout=0.5, retries={"total_max_attempts": 1})
        where: dict[str, Any] = {"endpoint_url": f"http://127.0.0.1:{port}", "config": config, **keys}
        self.kinesis, self._events = boto3.client("kinesis", **where), boto3.client("events", **where)

    async def send(self) -> list[Refusal]:
        """Offer the alerts once, as the outbox does; return what was refused."""
        return list(await asyncio.to_thread(EventBridge(self._events, "coattail", "coattail.test").send, ALERTS))


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    stream, bus = ReadableStream(*SHARDS), EventBus()
    async with cloud.serving(stream, bus) as port:
        made = Clients(port, stream, bus)
        yield made
        made.kinesis.close()
        made._events.close()


async def test_a_bus_that_is_well_takes_every_alert(clients: Clients) -> None:
    assert await clients.send() == []
    assert clients.bus.alerts == dict.fromkeys(IDS, 1)


@pytest.mark.parametrize(
    ("kind", "said", "taken"),
    [
        (Kind.FAILING, "ServiceUnavailable", 0),
        (Kind.DENYING, "AccessDeniedException", 0),
        (Kind.REFUSING, "ThrottlingException", 1),
        (Kind.HANGING, "ReadTimeout", 0),
        (Kind.SILENT, "ReadTimeout", 2),
        (Kind.GONE, "Connection", 0),
    ],
)
async def test_in_an_outage_it_takes_what_the_kind_says(clients: Clients, kind: Kind, said: str, taken: int) -> None:
    clients.bus.calls = 1  # 503 and 500 come by turns
    clients.bus.begin(kind)
    refused = await clients.send()

    assert len(clients.bus.alerts) == taken
    assert len(refused) == (1 if kind is Kind.REFUSING else 2)
    assert all(said in one.reason and not one.for_good for one in refused)
    assert clients.bus.met == {kind: 1}

    clients.bus.end()
    assert await clients.send() == []
    assert clients.bus.alerts.keys() == IDS


async def test_the_stream_is_read_from_any_position(clients: Clients) -> None:
    for number in range(3):
        clients.stream.put(SHARDS[0], f"line {number}".encode(), "BTC-USDT")
    assert clients.stream.ends == {SHARDS[0]: 3}

    def read(**start: str) -> list[tuple[str, bytes]]:
        asked = {"StreamName": "trades", "ShardId": SHARDS[0], **start}
        iterator = clients.kinesis.get_shard_iterator(**asked)["ShardIterator"]
        answer = clients.kinesis.get_records(ShardIterator=iterator)
        assert answer["MillisBehindLatest"] == 0
        again = clients.kinesis.get_records(ShardIterator=answer["NextShardIterator"])
        assert again["Records"] == []
        return [(one["SequenceNumber"], one["Data"]) for one in answer["Records"]]

    shards = await asyncio.to_thread(list_shards, clients.kinesis, "trades")
    assert [one["ShardId"] for one in shards] == list(SHARDS)
    whole = await asyncio.to_thread(read, ShardIteratorType="TRIM_HORIZON")
    assert whole == [("1", b"line 0"), ("2", b"line 1"), ("3", b"line 2")]
    after = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": "2"}
    assert await asyncio.to_thread(lambda: read(**after)) == whole[2:]


async def test_what_it_does_not_know_it_refuses(clients: Clients) -> None:
    with pytest.raises(clients.kinesis.exceptions.ClientError, match="UnknownOperationException"):
        await asyncio.to_thread(clients.kinesis.describe_limits)
