"""The writer against a stream that misbehaves: order per market, nothing lost, memory bounded."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec import structs

from coattail_common.lines import MarketName, unpack
from coattail_runtime import telemetry
from coattail_runtime.link import LineBatch, LinkClient, LinkServer, group
from coattail_runtime.sink import TradeQueue
from coattail_testing.records import a_line, a_queue
from coattail_testkit.writer import FakeStream, Impatient
from kinesis_writer import Reachability, Writer
from kinesis_writer.lane import LAGGING
from kinesis_writer.spool import Folder, SpooledIntake
from kinesis_writer.stream import Record

LOG = telemetry.logger("tests")
SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT")


@asynccontextmanager
async def a_writer(stream: FakeStream, **changes: Any) -> AsyncIterator[Writer]:
    """A writer of small records that do not wait."""
    options: dict[str, Any] = {"record_bytes": 2_000, "record_age": 0, "random": Impatient()} | changes
    async with Writer(stream, Reachability("tests", LOG), **options) as writer:
        yield writer


def batches(trades: int) -> list[LineBatch]:
    return group([a_line(trade_id) for trade_id in range(trades)], 1_000)


@pytest.mark.parametrize("seed", range(5))
async def test_embedded_everything_arrives_in_order_whatever_is_refused(seed: int) -> None:
    stream = FakeStream(random=Random(seed), refuses=0.3, fails=0.1)
    async with a_writer(stream) as writer:
        await writer.drain(a_queue(200, *SYMBOLS))

    for symbol in SYMBOLS:
        assert stream.trade_ids(symbol) == list(range(200))
    assert writer.held_bytes == 0
    assert writer.oldest_seconds() == 0


async def test_an_answer_that_is_lost_doubles_and_reorders_no_first_arrival() -> None:
    stream = FakeStream(random=Random(1), loses_answers=0.3)
    async with a_writer(stream) as writer:
        await writer.drain(a_queue(200, *SYMBOLS))

    for symbol in SYMBOLS:
        assert list(dict.fromkeys(stream.trade_ids(symbol))) == list(range(200))


async def test_over_the_link_everything_arrives_in_order_whatever_is_refused() -> None:
    stream = FakeStream(random=Random(2), refuses=0.2, fails=0.1)
    async with a_writer(stream, max_bytes=20_000) as writer, LinkServer("127.0.0.1", 0, writer) as server:
        client = LinkClient(f"ws://127.0.0.1:{server.port}", "tests", flush_interval=0, max_batch_bytes=3_000)
        await client.drain(a_queue(300, *SYMBOLS))

    for symbol in SYMBOLS:
        assert stream.trade_ids(symbol) == list(range(300))


async def test_writer_puts_records_of_a_chain_under_their_key(tmp_path: Path) -> None:
    """Another feed than trades: the source is a chain, the key a contract, and no line is decoded, by way of the spool either."""
    contract, stream = "0xdAC17F958D2ee523a2206206994597C13D831ec7", FakeStream()
    stream.down = True
    queue: TradeQueue = asyncio.Queue()
    for number in range(100):
        of_it = {"market": MarketName("ethereum", contract), "line": b'{"transfer":%d}' % number}
        queue.put_nowait(structs.replace(a_line(number), **of_it))
    queue.shutdown()
    (folder := Folder(tmp_path)).open()
    async with (
        a_writer(stream, max_bytes=200) as writer,
        SpooledIntake(folder, writer, max_bytes=100_000, log=LOG) as spool,
        LinkServer("127.0.0.1", 0, spool) as server,
    ):
        client = LinkClient(f"ws://127.0.0.1:{server.port}", "ingest-ethereum", flush_interval=0, max_batch_bytes=100)
        draining = asyncio.create_task(client.drain(queue))
        async with asyncio.timeout(60):
            while not spool.spooling:  # noqa: ASYNC110  (the spool has no event)
                await asyncio.sleep(0)
            stream.down = False
            await draining
    folder.close()

    assert {record.partition_key for record in stream.records} == {contract}
    assert [line for record in stream.records for line in unpack(record.payload)] == [
        b'{"transfer":%d}' % number for number in range(100)
    ]


async def test_accepted_is_told_only_when_it_is_in_the_stream() -> None:
    stream = FakeStream(random=Random(3), refuses=0.5)
    told: list[int | None] = []

    def accepted(batch: LineBatch) -> None:
        assert stream.trade_ids("BTC-USDT")[-1] >= (batch.last_trade_id or 0)
        told.append(batch.last_trade_id)

    async with a_writer(stream) as writer:
        for batch in batches(100):
            await writer.put(batch, partial(accepted, batch))
        await writer.flush()

    assert told == [batch.last_trade_id for batch in batches(100)]


async def test_cursors_are_told_in_the_embedded_composition() -> None:
    told: list[int | None] = []
    async with a_writer(FakeStream(), on_accepted=lambda batch: told.append(batch.last_trade_id)) as writer:
        await writer.drain(a_queue(50, *SYMBOLS))

    assert told.count(49) == len(SYMBOLS)


async def test_a_full_writer_makes_put_wait() -> None:
    stream = FakeStream()
    stream.down = True
    some = batches(100)
    async with a_writer(stream, max_bytes=5_000) as writer:

        async def put_all() -> None:
            for batch in some:
                await writer.put(batch, lambda: None)

        putting = asyncio.create_task(put_all())
        await stream.until_called(3)
        assert not putting.done()
        assert 4_000 < writer.held_bytes <= 5_000

        stream.down = False
        await putting
        await writer.flush()

    assert stream.trade_ids("BTC-USDT") == list(range(100))


async def test_records_are_filled_while_the_stream_is_away() -> None:
    stream = FakeStream()
    stream.down = True
    async with a_writer(stream) as writer:
        for batch in batches(100):
            await writer.put(batch, lambda: None)
        await stream.until_called(2)
        stream.down = False
        await writer.flush()

    sizes = [len(record.payload) for record in stream.records]
    assert sum(sizes) / len(sizes) > 1_200
    assert max(sizes) <= LAGGING * 2_000


async def test_a_record_waits_to_be_full() -> None:
    stream = FakeStream()
    first, *others = batches(20)
    async with a_writer(stream, record_age=3_600) as writer:
        await writer.put(first, lambda: None)
        for _ in range(100):  # in which a writer that does not wait has sent it
            await asyncio.sleep(0)
        for batch in others:
            await writer.put(batch, lambda: None)
        await stream.until_called(1)
        await writer.flush()

    assert len(stream.records[0].payload) > 2_000 > len(first.lines)
    assert stream.trade_ids("BTC-USDT") == list(range(20))


async def test_no_more_calls_are_under_way_than_allowed() -> None:
    under_way: list[int] = []
    most, may_end = 0, asyncio.Event()

    async def put_records(records: Sequence[Record]) -> list[None]:
        nonlocal most
        under_way.append(len(records))
        most = max(most, len(under_way))
        await may_end.wait()
        under_way.pop()
        return [None] * len(records)

    async with Writer(put_records, Reachability("tests", LOG), record_age=0, max_calls=2) as writer:
        for symbol in SYMBOLS:  # each after the other has left, since a call takes all that is due
            await writer.put(LineBatch("binance", symbol, 1, b"{}"), lambda: None)
            for _ in range(20):
                await asyncio.sleep(0)
        assert most == 2
        may_end.set()
        await writer.flush()

    assert most == 2


async def test_a_stream_that_is_away_is_known_and_so_is_its_return() -> None:
    stream, reachability = FakeStream(), Reachability("tests", LOG)
    stream.down = True
    async with Writer(stream, reachability, record_age=0, random=Impatient()) as writer:
        await writer.put(batches(1)[0], lambda: None)
        await stream.until_called(2)
        assert reachability.reason == "no answer"
        stream.down = False
        await writer.flush()
        assert reachability.answers


async def test_what_the_stream_cannot_say_is_no_silence() -> None:
    """A call that fails in a way nobody expected ends the writer loudly; the connectors still have the trades."""

    async def broken(records: object) -> list[None]:
        raise KeyError(records)

    with pytest.raises(ExceptionGroup) as ended:
        async with Writer(broken, Reachability("tests", LOG), record_age=0) as writer:
            await writer.drain(a_queue(1, *SYMBOLS))

    assert ended.group_contains(KeyError)


async def test_what_it_did_is_counted() -> None:
    stream = FakeStream(random=Random(4), refuses=0.3)
    async with a_writer(stream) as writer:
        await writer.drain(a_queue(100, *SYMBOLS))

    written = writer.metrics
    assert written.trades == 300
    assert written.records == len(stream.records)
    assert written.bytes == sum(len(record.payload) for record in stream.records)
    assert written.refused == written.retries > 0


async def test_records_of_failed_calls_are_counted_as_put_again_and_not_as_refused() -> None:
    stream = FakeStream(random=Random(4), fails=0.3)
    async with a_writer(stream) as writer:
        await writer.drain(a_queue(100))

    again = sum(map(len, stream.calls)) - len(stream.records)
    assert again > 0
    assert (writer.metrics.refused, writer.metrics.retries) == (0, again)
