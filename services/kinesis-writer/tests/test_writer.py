"""The writer against a stream that misbehaves: order per market, nothing lost, memory bounded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from random import Random
from typing import Any

import pytest

from coattail_common import telemetry
from coattail_common.lines import TradeLine
from coattail_common.link import LineBatch, LinkClient, LinkServer, group
from coattail_common.sink import TradeQueue
from coattail_common.testing import a_line
from kinesis_writer import Reachability, Writer
from kinesis_writer.lane import LAGGING
from kinesis_writer.testing import FakeStream


class Impatient(Random):
    """Chance that never makes one wait."""

    def uniform(self, a: float, b: float) -> float:  # noqa: ARG002
        """No wait."""
        return 0


SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT")


@asynccontextmanager
async def a_writer(stream: FakeStream, **changes: Any) -> AsyncIterator[Writer]:
    """A writer of small records that do not wait."""
    options: dict[str, Any] = {"record_bytes": 2_000, "record_age": 0, "random": Impatient()} | changes
    async with Writer(stream, Reachability("tests", telemetry.logger("tests")), **options) as writer:
        yield writer


def a_queue(trades: int) -> TradeQueue:
    queue: asyncio.Queue[TradeLine] = asyncio.Queue()
    for trade_id in range(trades):
        for symbol in SYMBOLS:
            queue.put_nowait(a_line(trade_id, symbol=symbol))
    queue.shutdown()
    return queue


def batches(trades: int) -> list[LineBatch]:
    return group([a_line(trade_id) for trade_id in range(trades)], 1_000)


@pytest.mark.parametrize("seed", range(5))
async def test_embedded_everything_arrives_in_order_whatever_is_refused(seed: int) -> None:
    stream = FakeStream(random=Random(seed), refuses=0.3, fails=0.1)
    async with a_writer(stream) as writer:
        await writer.drain(a_queue(200))

    for symbol in SYMBOLS:
        assert stream.trade_ids(symbol) == list(range(200))
    assert writer.held_bytes == 0
    assert writer.oldest_seconds() == 0


async def test_an_answer_that_is_lost_doubles_and_reorders_no_first_arrival() -> None:
    stream = FakeStream(random=Random(1), loses_answers=0.3)
    async with a_writer(stream) as writer:
        await writer.drain(a_queue(200))

    for symbol in SYMBOLS:
        assert list(dict.fromkeys(stream.trade_ids(symbol))) == list(range(200))


async def test_over_the_link_everything_arrives_in_order_whatever_is_refused() -> None:
    stream = FakeStream(random=Random(2), refuses=0.2, fails=0.1)
    async with a_writer(stream, max_bytes=20_000) as writer, LinkServer("127.0.0.1", 0, writer) as server:
        client = LinkClient(f"ws://127.0.0.1:{server.port}", "tests", flush_interval=0, max_batch_bytes=3_000)
        await client.drain(a_queue(300))

    for symbol in SYMBOLS:
        assert stream.trade_ids(symbol) == list(range(300))


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
        await writer.drain(a_queue(50))

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
    async with a_writer(stream, record_age=3_600) as writer:
        for batch in batches(20):
            await writer.put(batch, lambda: None)
        await stream.until_called(1)
        await writer.flush()

    assert len(stream.records) <= len(batches(20))
    assert stream.trade_ids("BTC-USDT") == list(range(20))


async def test_what_the_stream_cannot_say_is_no_silence() -> None:
    """A call that fails in a way nobody expected ends the writer loudly; the connectors still have the trades."""

    async def broken(records: object) -> list[None]:
        raise KeyError(records)

    with pytest.raises(ExceptionGroup) as ended:
        async with Writer(broken, Reachability("tests", telemetry.logger("tests")), record_age=0) as writer:
            await writer.drain(a_queue(1))

    assert ended.group_contains(KeyError)


async def test_what_it_did_is_counted() -> None:
    stream = FakeStream(random=Random(4), refuses=0.3)
    async with a_writer(stream) as writer:
        await writer.drain(a_queue(100))

    meter = writer.meter
    assert meter.trades == 300
    assert meter.records == len(stream.records)
    assert meter.bytes == sum(len(record.payload) for record in stream.records)
    assert meter.refused == meter.retries > 0


async def test_records_of_failed_calls_are_counted_as_put_again_and_not_as_refused() -> None:
    stream = FakeStream(random=Random(4), fails=0.3)
    async with a_writer(stream) as writer:
        await writer.drain(a_queue(100))

    again = sum(map(len, stream.calls)) - len(stream.records)
    assert again > 0
    assert (writer.meter.refused, writer.meter.retries) == (0, again)
