"""The process as it is deployed, before a real broker: either is killed, the topic is widened, and nothing is lost."""

import asyncio
import signal
import uuid
from asyncio.subprocess import Process
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import aiohttp
import pytest
from tenacity import wait_fixed

from coattail_common.lines import decode_trade, unpack
from coattail_runtime.link import LineBatch, LinkClient
from coattail_runtime.sink import TradeQueue
from coattail_testing.records import a_line, a_port, a_process, said
from local_cloud.kafka.broker import Broker

pytestmark = pytest.mark.kafka

SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT", "XRP-USDT", "DOGE-USDT")


class Topic:
    """A topic of the broker, and what it holds of each market."""

    def __init__(self, broker: Broker, name: str) -> None:
        self.broker = broker
        self.name = name

    def arrivals(self) -> dict[str, list[tuple[int, int]]]:
        """Partition and trade id of each market's lines, in the order in which the broker took their records."""
        kept = sorted(self.broker.topics.read(self.name), key=lambda one: (one.timestamp, one.offset))
        found: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for one in kept:
            found[one.key] += [(one.partition, decode_trade(line).trade_id) for line in unpack(one.value)]
        return found

    def reaches(self, partition: int) -> bool:
        """Whether this partition or a later one holds anything."""
        return any(one.partition >= partition for one in self.broker.topics.read(self.name))

    def every(self) -> dict[str, set[int]]:
        """The ids of each market's trades."""
        return {symbol: {trade_id for _, trade_id in found} for symbol, found in self.arrivals().items()}

    def ids(self, symbol: str) -> list[int]:
        """The ids of a market's trades, in the order in which each came first."""
        return list(dict.fromkeys(trade_id for _, trade_id in self.arrivals()[symbol]))


@pytest.fixture
def topic(kafka: Broker) -> Iterator[Topic]:
    name = f"test-{uuid.uuid4().hex[:8]}"
    kafka.topics.create(name, 3)
    yield Topic(kafka, name)
    kafka.start()


def the_service(topic: Topic, *flags: str) -> AbstractAsyncContextManager[Process]:
    """The service as a process that puts on the topic, on free ports if none are given; it does not drain for long."""
    ports = ("--link-port", "0", "--health-port", "0", "--drain-seconds", "0")
    sink = ("--sink-format", "kafka", "--kafka-brokers", topic.broker.bootstrap, "--kafka-login", "plaintext")
    return a_process("kinesis_writer", *ports, *sink, "--stream", topic.name, "--record-age", "0", *flags)


class Connector:
    """A connector with trades of several markets to send, and a note of each batch that was accepted."""

    def __init__(self, port: int) -> None:
        self.accepted: dict[str, int] = {}
        """The last trade id of each market that is accepted."""
        self._queue: TradeQueue = asyncio.Queue()
        self._next = 0
        self._client = LinkClient(
            f"ws://127.0.0.1:{port}",
            "tests",
            flush_interval=0,
            max_batch_bytes=1_000,
            wait=wait_fixed(0.05),
            on_accepted=self._note,
        )

    def sends(self, trades: int) -> None:
        """Queue the next trades of each market."""
        for trade_id in range(self._next, self._next + trades):
            for symbol in SYMBOLS:
                self._queue.put_nowait(a_line(trade_id, symbol=symbol))
        self._next += trades

    def start(self) -> "asyncio.Task[None]":
        """Begin to send; the task ends when everything is accepted after `ends`."""
        return asyncio.create_task(self._client.drain(self._queue))

    def ends(self) -> None:
        """Send no more than what is queued."""
        self._queue.shutdown()

    async def until_accepted(self, trade_id: int) -> None:
        """Wait until a trade of each market is accepted."""
        async with asyncio.timeout(120):
            while len(self.accepted) < len(SYMBOLS) or min(self.accepted.values()) < trade_id:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    def _note(self, batch: LineBatch) -> None:
        self.accepted[batch.key] = batch.last_trade_id or 0


async def test_kafka_service_puts_on_the_topic_what_a_connector_sends(topic: Topic) -> None:
    async with the_service(topic, "--drain-seconds", "60") as process:
        connector = Connector((await said(process, "serving"))["link_port"])
        connector.sends(100)
        connector.ends()
        async with asyncio.timeout(120):
            await connector.start()
        process.send_signal(signal.SIGTERM)
        output, errors = await process.communicate()

    for symbol in SYMBOLS:
        arrived = [trade_id for _, trade_id in topic.arrivals()[symbol]]
        assert arrived == list(range(100))
    assert b"ended with everything in the stream" in output
    assert (process.returncode, errors) == (0, b"")


async def test_kafka_writer_that_is_killed_loses_nothing(topic: Topic) -> None:
    with a_port() as port:
        connector = Connector(port)
        connector.sends(300)
        async with the_service(topic, "--link-port", str(port)) as process:
            sending = connector.start()
            await connector.until_accepted(20)
            process.kill()
            await process.wait()
        there = await asyncio.to_thread(topic.every)
        for symbol, last in connector.accepted.items():
            assert set(range(last + 1)) <= there[symbol]  # nothing is accepted that is not there
        connector.sends(100)
        connector.ends()
        async with the_service(topic, "--link-port", str(port)), asyncio.timeout(120):
            await sending

    for symbol in SYMBOLS:
        assert topic.ids(symbol) == list(range(400))


async def test_kafka_broker_that_is_killed_loses_nothing(topic: Topic) -> None:
    """By SIGKILL, twice, while trades flow: what was accepted before is there after, and the rest follows in order."""
    with a_port() as port:
        connector = Connector(port)
        async with the_service(topic, "--link-port", str(port)) as process:
            sending = connector.start()
            for turn in (1, 2):
                connector.sends(200)
                await connector.until_accepted(200 * turn - 150)
                await asyncio.to_thread(topic.broker.kill)
                accepted = dict(connector.accepted)
                connector.sends(200)
                await asyncio.to_thread(topic.broker.start)
                there = await asyncio.to_thread(topic.every)
                for symbol, last in accepted.items():
                    assert set(range(last + 1)) <= there[symbol]
            connector.ends()
            async with asyncio.timeout(180):
                await sending
            process.send_signal(signal.SIGTERM)
            _, errors = await process.communicate()

    for symbol in SYMBOLS:
        assert topic.ids(symbol) == list(range(800))
    assert errors == b""


async def test_kafka_topic_that_gets_more_partitions_keeps_the_order_of_each_market(topic: Topic) -> None:
    """A market may change its partition. Then the new one begins after the last record of the old one."""
    with a_port() as port:
        connector = Connector(port)
        async with the_service(topic, "--link-port", str(port)):
            sending = connector.start()
            connector.sends(100)
            await connector.until_accepted(99)
            await asyncio.to_thread(topic.broker.topics.widen, topic.name, 12)
            async with asyncio.timeout(120):
                while not await asyncio.to_thread(topic.reaches, 3):
                    connector.sends(20)
                    await asyncio.sleep(0.5)
                connector.ends()
                await sending

    arrivals = topic.arrivals()
    moved = 0
    for symbol in SYMBOLS:
        ids = [trade_id for _, trade_id in arrivals[symbol]]
        assert ids == list(range(len(ids)))
        partitions = list(dict.fromkeys(partition for partition, _ in arrivals[symbol]))
        assert len(partitions) <= 2
        moved += len(partitions) - 1
    assert moved


async def test_kafka_service_without_its_broker_says_so_and_keeps_trades_in_its_spool(
    topic: Topic, tmp_path: Path
) -> None:
    topic.broker.stop()
    with a_port() as port:
        connector = Connector(port)
        connector.sends(50)
        connector.ends()
        async with the_service(topic, "--link-port", str(port), "--spool", str(tmp_path)) as process:
            serving = await said(process, "serving")
            warning = await said(process, "the stream does not answer")
            sending = connector.start()
            async with aiohttp.ClientSession() as session:
                health = f"http://127.0.0.1:{serving['health_port']}/health/ready"
                async with session.get(health) as ready:
                    assert ready.status == 200
                    assert '"degraded":true' in await ready.text()
            await asyncio.to_thread(topic.broker.start)
            async with asyncio.timeout(120):
                await sending
            process.send_signal(signal.SIGTERM)
            output, errors = await process.communicate()

    assert warning["stream"] == topic.name
    assert "Connection refused" in warning["error"] or "TRANSPORT" in warning["error"]
    assert b"ended with everything in the stream" in output
    assert (process.returncode, errors) == (0, b"")
    for symbol in SYMBOLS:
        assert topic.ids(symbol) == list(range(50))
