"""What the writer expects of a stream, whichever it is. Each case has an id, as those of the connectors' suite have."""

import asyncio
from random import Random
from typing import Any

import pytest

from coattail_runtime import telemetry
from coattail_runtime.link import LineBatch
from coattail_runtime.sink import TradeQueue
from coattail_testing.records import a_line
from coattail_testkit.writer import Impatient
from kinesis_writer import Reachability, Record, StreamUnavailableError, Writer
from kinesis_writer.stream import MAX_RECORDS

LOG = telemetry.logger("tests", "CRITICAL")
SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT")


def record(symbol: str, *trade_ids: int) -> Record:
    return Record(symbol, b"\n".join(a_line(trade_id).line for trade_id in trade_ids))


def trades(first: int, end: int) -> TradeQueue:
    """The trades of each market from one id to another, and no more to come."""
    queue: TradeQueue = asyncio.Queue()
    for trade_id in range(first, end):
        for symbol in SYMBOLS:
            queue.put_nowait(a_line(trade_id, symbol=symbol))
    queue.shutdown()
    return queue


async def test_sink_01_each_record_has_its_answer_and_is_in_the_stream(bench: Any) -> None:
    async with bench.open() as stream:
        answer = await stream((record("BTC-USDT", 1, 2), record("ETH-USDT", 7)))

    assert answer == [None, None]
    assert (bench.ids("BTC-USDT"), bench.ids("ETH-USDT")) == ([1, 2], [7])


async def test_sink_02_a_record_that_is_refused_holds_up_no_other(bench: Any) -> None:
    async with bench.open() as stream:
        first, refused, last = await stream((record("BTC-USDT", 1), bench.refused, record("ETH-USDT", 2)))

    assert (first, last) == (None, None)
    assert refused.code
    assert refused.message
    assert (bench.ids("BTC-USDT"), bench.ids("ETH-USDT")) == ([1], [2])


async def test_sink_03_a_record_that_is_refused_alone_is_no_outage(bench: Any) -> None:
    async with bench.open() as stream:
        (refused,) = await stream((bench.refused,))

    assert refused.code


async def test_sink_04_a_stream_that_is_there_is_found(bench: Any) -> None:
    async with bench.open() as stream:
        await stream.check()


async def test_sink_05_a_stream_that_does_not_exist_is_said(bench: Any) -> None:
    async with bench.open("elsewhere") as stream:
        with pytest.raises(StreamUnavailableError, match="elsewhere"):
            await stream.check()
        with pytest.raises(StreamUnavailableError) as failed:
            await stream((record("BTC-USDT", 1),))

    assert "\n" not in str(failed.value)


async def test_sink_06_a_stream_that_is_away_fails_the_call_and_takes_the_next(bench: Any) -> None:
    async with bench.open() as stream, asyncio.timeout(120):
        assert await stream((record("BTC-USDT", 1),)) == [None]
        await asyncio.to_thread(bench.take_away)
        with pytest.raises(StreamUnavailableError) as failed:
            await stream((record("BTC-USDT", 2),))
        with pytest.raises(StreamUnavailableError):
            await stream.check()
        await asyncio.to_thread(bench.bring_back)
        assert await stream((record("BTC-USDT", 2),)) == [None]
        await stream.check()

    assert str(failed.value)
    assert "\n" not in str(failed.value)
    assert list(dict.fromkeys(bench.ids("BTC-USDT"))) == [1, 2]


async def test_sink_07_as_many_records_as_a_call_may_have_are_taken(bench: Any) -> None:
    records = [record(f"MARKET-{number}", number) for number in range(MAX_RECORDS)]
    async with bench.open() as stream:
        assert await stream(records) == [None] * MAX_RECORDS

    assert [bench.ids(f"MARKET-{number}") for number in (0, MAX_RECORDS - 1)] == [[0], [MAX_RECORDS - 1]]


async def test_sink_08_records_of_a_key_are_in_the_order_of_their_calls(bench: Any) -> None:
    async with bench.open() as stream:
        for trade_id in range(50):
            assert await stream((record("BTC-USDT", trade_id),)) == [None]

    assert bench.ids("BTC-USDT") == list(range(50))


async def test_sink_09_a_call_that_is_cancelled_ends_and_so_does_the_stream(bench: Any) -> None:
    await asyncio.to_thread(bench.take_away)
    async with asyncio.timeout(60), bench.open() as stream:
        call = asyncio.create_task(stream((record("BTC-USDT", 1),)))
        await asyncio.sleep(0)
        call.cancel()
        assert (await asyncio.gather(call, return_exceptions=True))[0] is not None


async def test_sink_10_the_writer_loses_and_reorders_nothing_while_the_stream_is_away(bench: Any) -> None:
    """What is accepted is in the stream, in order per market; first arrivals are counted, as a lost answer doubles a record."""
    accepted: dict[str, list[int | None]] = {symbol: [] for symbol in SYMBOLS}
    reachability = Reachability("tests", LOG)

    def note(batch: LineBatch) -> None:
        accepted[batch.key].append(batch.last_trade_id)

    async with asyncio.timeout(240), bench.open() as stream:
        options: dict[str, Any] = {"record_bytes": 2_000, "record_age": 0, "random": Impatient()}
        async with Writer(stream, reachability, on_accepted=note, **options) as writer:
            for part in range(3):
                draining = asyncio.create_task(writer.drain(trades(200 * part, 200 * (part + 1))))
                if part == 1:
                    await asyncio.to_thread(bench.take_away)
                    while reachability.answers:  # noqa: ASYNC110  (it has no event)
                        await asyncio.sleep(0.01)
                    await asyncio.to_thread(bench.bring_back)
                await draining
            assert writer.held_bytes == 0

    for symbol in SYMBOLS:
        assert list(dict.fromkeys(bench.ids(symbol))) == list(range(600))
        assert accepted[symbol][-1] == 599


async def test_sink_11_many_calls_at_once_settle_each_by_itself(bench: Any) -> None:
    """By chance sizes and keys: each call's answer is its own."""
    random = Random(1)
    async with bench.open() as stream:
        calls = [
            stream([record(f"{symbol}-{call}", *range(random.randint(1, 20))) for symbol in SYMBOLS])
            for call in range(20)
        ]
        answers = await asyncio.gather(*calls)

    assert answers == [[None, None, None]] * 20
