"""Batches: each market's trades stay in order, none is lost, and none waits longer than it has to."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from coattail_common.lines import MarketName, TradeLine, decode_trade, unpack
from coattail_runtime.link import group, take
from coattail_testing.records import a_line

SYMBOLS = st.sampled_from(["BTC-USDT", "ETH-USDT", "BTC-USD"])
EXCHANGES = st.sampled_from(["binance", "coinbase"])
LINE_BYTES = len(a_line(1).line)


@given(st.lists(st.tuples(EXCHANGES, SYMBOLS)), st.integers(min_value=1, max_value=10 * LINE_BYTES))
def test_grouping_keeps_each_markets_trades_in_order(markets: list[tuple[str, str]], max_bytes: int) -> None:
    trades = [a_line(number, exchange=exchange, symbol=symbol) for number, (exchange, symbol) in enumerate(markets)]

    batches = group(trades, max_bytes)

    for market in set(markets):
        grouped = [line for batch in batches if (batch.source, batch.key) == market for line in unpack(batch.lines)]
        assert grouped == [trade.line for trade in trades if trade.market == MarketName(*market)]


@given(st.lists(SYMBOLS, min_size=1), st.integers(min_value=1, max_value=10 * LINE_BYTES))
def test_a_batch_is_within_its_bound_or_one_line(symbols: list[str], max_bytes: int) -> None:
    for batch in group([a_line(number, symbol=symbol) for number, symbol in enumerate(symbols)], max_bytes):
        assert len(batch.lines) <= max_bytes or batch.count == 1
        assert batch.count == len(unpack(batch.lines))
        assert batch.last_trade_id == decode_trade(unpack(batch.lines)[-1]).trade_id


@given(
    st.lists(st.integers(min_value=0, max_value=20), min_size=1), st.integers(min_value=1, max_value=10 * LINE_BYTES)
)
def test_the_runs_of_a_batch_are_the_ids_of_its_lines(ids: list[int], max_bytes: int) -> None:
    for batch in group([a_line(number) for number in ids], max_bytes):
        expanded = [number for first, last in batch.runs for number in range(first, last + 1)]
        assert expanded == [decode_trade(line).trade_id for line in unpack(batch.lines)]


@given(st.lists(st.integers(min_value=1, max_value=400), min_size=1), st.integers(min_value=1, max_value=2_000))
def test_lines_of_any_length_are_within_the_bound_and_all_there(lengths: list[int], max_bytes: int) -> None:
    trades = [structs.replace(a_line(number), line=b"x" * length) for number, length in enumerate(lengths)]

    batches = group(trades, max_bytes)

    assert [line for batch in batches for line in unpack(batch.lines)] == [trade.line for trade in trades]
    assert all(len(batch.lines) <= max_bytes or batch.count == 1 for batch in batches)


async def test_what_waits_is_taken_together() -> None:
    queue: asyncio.Queue[TradeLine] = asyncio.Queue()
    for number in range(5):
        queue.put_nowait(a_line(number))

    assert [trade.trade_id for trade in await take(queue, linger=0, limit=100)] == [0, 1, 2, 3, 4]


async def test_no_more_than_the_limit_is_taken() -> None:
    queue: asyncio.Queue[TradeLine] = asyncio.Queue()
    for number in range(5):
        queue.put_nowait(a_line(number))

    assert len(await take(queue, linger=60, limit=3)) == 3
    assert queue.qsize() == 2


async def test_the_first_trade_is_waited_for() -> None:
    queue: asyncio.Queue[TradeLine] = asyncio.Queue()
    taking = asyncio.create_task(take(queue, linger=0, limit=100))

    await queue.put(a_line(1))

    assert [trade.trade_id for trade in await taking] == [1]


async def test_a_queue_that_is_shut_down_is_taken_to_its_end() -> None:
    queue: asyncio.Queue[TradeLine] = asyncio.Queue()
    queue.put_nowait(a_line(1))
    queue.shutdown()

    assert len(await take(queue, linger=60, limit=100)) == 1
    assert await take(queue, linger=60, limit=100) == []
