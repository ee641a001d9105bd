import asyncio
from collections.abc import Iterable, Mapping

import pytest
from tenacity.wait import wait_none

from coattail_connector.cursors import Cursors, CursorsBrokenError, CursorsUnavailableError
from coattail_runtime.link import LineBatch, group
from coattail_testing.connector import ReadableLog
from coattail_testing.records import a_line

BTC, ETH = "BTC-USDT", "ETH-USDT"


class FakeStore:
    """A `CursorStore` in memory that fails as often as a test says."""

    def __init__(self, **cursors: int) -> None:
        self.cursors = {symbol.replace("_", "-"): at for symbol, at in cursors.items()}
        self.errors: list[Exception] = []
        self.writes: list[Mapping[str, int]] = []
        self.written = asyncio.Event()

    async def get(self, symbols: Iterable[str]) -> Mapping[str, int]:
        if self.errors:
            raise self.errors.pop(0)
        return {symbol: self.cursors[symbol] for symbol in symbols if symbol in self.cursors}

    async def advance(self, cursors: Mapping[str, int]) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.writes.append(cursors)
        self.written.set()


def batch(*ids: int, exchange: str = "binance", symbol: str = BTC) -> LineBatch:
    (one,) = group([a_line(number, exchange=exchange, symbol=symbol) for number in ids], 1_000_000)
    return one


def cursors(store: FakeStore, log: ReadableLog, seconds: float = 3600) -> Cursors:
    return Cursors(store, "binance", log.logger, seconds=seconds, wait=wait_none())


async def test_only_what_is_accepted_without_a_hole_is_written(log: ReadableLog) -> None:
    store = FakeStore(BTC_USDT=100)
    kept = cursors(store, log)
    assert await kept.resume([BTC, ETH]) == {BTC: 100}
    kept.accepted(batch(105, 106, 101))
    kept.accepted(batch(102, 103, 104, exchange="coinbase"))
    await kept.write()
    kept.accepted(batch(102, 103))
    kept.lost(BTC, 104, 104)
    await kept.write()
    await kept.write()
    assert store.writes == [{BTC: 101}, {BTC: 106}]


async def test_a_market_without_a_cursor_counts_from_where_it_began(log: ReadableLog) -> None:
    store = FakeStore()
    kept = cursors(store, log)
    await kept.resume([BTC, ETH])
    kept.began(ETH, 6)
    kept.accepted(batch(8, symbol=ETH))
    kept.accepted(batch(7, symbol=ETH))
    await kept.write()
    assert store.writes == [{ETH: 8}]


async def test_further_markets_are_read_when_they_are_followed(log: ReadableLog) -> None:
    store = FakeStore(BTC_USDT=100, ETH_USDT=7)
    kept = cursors(store, log)
    assert await kept.resume([BTC]) == {BTC: 100}
    kept.accepted(batch(101))
    assert await kept.resume([ETH]) == {ETH: 7}
    await kept.write()
    assert store.writes == [{BTC: 101}]


async def test_a_market_that_is_followed_again_goes_on_from_what_was_accepted_here(log: ReadableLog) -> None:
    store = FakeStore(BTC_USDT=100)
    kept = cursors(store, log)
    await kept.resume([BTC])
    kept.accepted(batch(101, 102, 105))
    assert await kept.resume([BTC]) == {BTC: 102}
    kept.accepted(batch(103, 104))
    await kept.write()
    assert store.writes == [{BTC: 105}]


async def test_a_market_that_somebody_else_brought_further_goes_on_from_there(log: ReadableLog) -> None:
    store = FakeStore(BTC_USDT=100)
    kept = cursors(store, log)
    await kept.resume([BTC])
    store.cursors[BTC] = 500
    assert await kept.resume([BTC]) == {BTC: 500}
    kept.accepted(batch(501))
    await kept.write()
    assert store.writes == [{BTC: 501}]


async def test_what_was_accepted_beyond_what_somebody_else_brought_still_counts(log: ReadableLog) -> None:
    store = FakeStore(BTC_USDT=100)
    kept = cursors(store, log)
    await kept.resume([BTC])
    kept.accepted(batch(101, 102, 105, 106))
    store.cursors[BTC] = 103
    assert await kept.resume([BTC]) == {BTC: 103}
    kept.accepted(batch(104))
    await kept.write()
    assert store.writes == [{BTC: 106}]


async def test_it_waits_for_a_store_that_is_away(log: ReadableLog) -> None:
    store = FakeStore(BTC_USDT=100)
    store.errors = [CursorsUnavailableError("away")] * 3
    assert await cursors(store, log).resume([BTC, ETH]) == {BTC: 100}
    assert len(log.lines("could not read the cursors")) == 3


async def test_what_is_broken_is_for_a_person(log: ReadableLog) -> None:
    store = FakeStore()
    store.errors = [CursorsBrokenError("binance.json holds no cursors")]
    with pytest.raises(CursorsBrokenError):
        await cursors(store, log).resume([BTC, ETH])


@pytest.mark.parametrize("error", [CursorsUnavailableError("away"), RuntimeError("a bug")])
async def test_what_could_not_be_written_is_written_the_next_time(log: ReadableLog, error: Exception) -> None:
    store = FakeStore(BTC_USDT=100)
    kept = cursors(store, log)
    await kept.resume([BTC, ETH])
    kept.accepted(batch(101))
    store.errors = [error]
    await kept.write()
    assert log.lines("could not write the cursors")
    await kept.write()
    assert store.writes == [{BTC: 101}]


async def test_it_writes_now_and_then(log: ReadableLog) -> None:
    store = FakeStore(BTC_USDT=100)
    kept = cursors(store, log, seconds=0.001)
    await kept.resume([BTC, ETH])
    kept.accepted(batch(101))
    writing = asyncio.create_task(kept.write_on())
    await store.written.wait()
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    assert store.writes == [{BTC: 101}]


async def test_an_error_that_nobody_knows_does_not_end_the_writing_in_silence(log: ReadableLog) -> None:
    store = FakeStore(BTC_USDT=100)
    kept = cursors(store, log, seconds=0.001)
    await kept.resume([BTC, ETH])
    kept.accepted(batch(101))
    store.errors = [RuntimeError("the client is closed")]
    writing = asyncio.create_task(kept.write_on())
    async with asyncio.timeout(60):
        await store.written.wait()
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    assert len(log.lines("could not write the cursors, and it is not known why")) == 1
    assert store.writes == [{BTC: 101}]


def test_a_batch_says_which_ids_it_has() -> None:
    assert batch(5, 6, 7, 100, 8, 9).runs == ((5, 7), (100, 100), (8, 9))
    assert [one.runs for one in group([a_line(1), a_line(2), a_line(4)], 1)] == [((1, 1),), ((2, 2),), ((4, 4),)]
