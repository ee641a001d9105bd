"""Several writers: each market holds to one of them, and a writer that is away keeps no other market waiting."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenacity import wait_none

from coattail_runtime.link import LinkRefusedError, Links, LinkServer
from coattail_runtime.link.links import writer_of
from coattail_runtime.sink import TradeQueue
from coattail_testing.link import FakeIntake
from coattail_testing.records import a_line, a_port, a_queue

SYMBOLS = tuple(f"{base}-USDT" for base in ("BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "DOT", "LINK"))
SPREAD = tuple(f"A{number}-USDT" for number in range(100))
URLS = st.lists(st.from_regex(r"ws://[a-z]{1,5}:[0-9]{1,4}", fullmatch=True), min_size=1, max_size=6, unique=True)


def test_writer_of_is_the_same_in_every_version() -> None:
    """Connectors of two versions that carry one market bring it to one writer. Recorded from link version 1."""
    urls = [f"ws://writer-{number}:7070" for number in range(4)]
    markets = [("binance", "BTC-USDT"), ("coinbase", "BTC-USD"), ("kraken", "ETH-USD"), ("binance", "币安人生-USDT")]

    assert [urls.index(writer_of(*market, urls)) for market in markets] == [1, 0, 1, 3]


@given(URLS, st.randoms(use_true_random=False), st.sampled_from(SYMBOLS))
def test_all_connectors_agree_on_a_markets_writer(urls: list[str], random: object, symbol: str) -> None:
    shuffled = list(urls)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert writer_of("binance", symbol, urls) == writer_of("binance", symbol, shuffled)


@given(URLS, st.sampled_from(SYMBOLS))
def test_one_writer_more_takes_markets_only_to_itself(urls: list[str], symbol: str) -> None:
    *before, new = [*urls, "ws://new:1"]

    assert writer_of("binance", symbol, [*before, new]) in (new, writer_of("binance", symbol, before))


def test_markets_are_spread() -> None:
    urls = [f"ws://writer-{number}:7070" for number in range(4)]
    markets = [writer_of("binance", f"A{number}-USDT", urls) for number in range(400)]

    assert all(70 < markets.count(url) < 130 for url in urls)


async def test_each_market_arrives_in_order_at_one_writer() -> None:
    intakes = [FakeIntake(accepting=True) for _ in range(3)]
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(LinkServer("127.0.0.1", 0, intake)) for intake in intakes]
        links = Links([f"ws://127.0.0.1:{server.port}" for server in servers], "tests", flush_interval=0)

        await links.drain(a_queue(200, *SYMBOLS))

    for symbol in SYMBOLS:
        assert sorted(intake.trade_ids(symbol) for intake in intakes) == [[], [], list(range(200))]
    assert links.unaccepted_trades == 0


async def test_a_writer_that_is_away_keeps_its_own_markets_waiting_and_no_other() -> None:
    here, away = FakeIntake(accepting=True), FakeIntake(accepting=True)
    with a_port() as port:
        async with LinkServer("127.0.0.1", 0, here) as other:
            urls = [f"ws://127.0.0.1:{other.port}", f"ws://127.0.0.1:{port}"]
            theirs = [symbol for symbol in SYMBOLS if writer_of("binance", symbol, urls) == urls[0]]
            links = Links(urls, "tests", flush_interval=0, wait=wait_none())
            draining = asyncio.create_task(links.drain(a_queue(50, *SYMBOLS)))
            await here.until(50 * len(theirs))
            assert not draining.done() or len(theirs) == len(SYMBOLS)
            async with LinkServer("127.0.0.1", port, away):
                await draining

    for symbol in SYMBOLS:
        assert (here if symbol in theirs else away).trade_ids(symbol) == list(range(50))


async def test_what_may_be_kept_is_for_all_writers_together() -> None:
    queue: TradeQueue = asyncio.Queue()
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(LinkServer("127.0.0.1", 0, FakeIntake())) for _ in range(2)]
        urls = [f"ws://127.0.0.1:{server.port}" for server in servers]
        links = Links(urls, "tests", flush_interval=0, max_unaccepted_trades=2)
        draining = asyncio.create_task(links.drain(queue))
        one_each = [next(symbol for symbol in SPREAD if writer_of("binance", symbol, urls) == url) for url in urls]
        for number in range(3):
            for symbol in one_each:
                queue.put_nowait(a_line(number, symbol=symbol))
            while not queue.empty() or links.unaccepted_trades < len(urls):  # noqa: ASYNC110  (there is no event)
                await asyncio.sleep(0)
        for _ in range(20):  # as long as it takes to take what may be taken
            await asyncio.sleep(0)
        assert links.unaccepted_trades == 2
        for number in range(3, 2_003):
            queue.put_nowait(a_line(number, symbol=one_each[0]))
        for _ in range(100):
            await asyncio.sleep(0)
        assert (draining.done(), queue.empty()) == (False, False)  # what has no room is left where it is
        draining.cancel()
        await asyncio.gather(draining, return_exceptions=True)


async def test_a_writer_that_refuses_ends_it() -> None:
    async with (
        LinkServer("127.0.0.1", 0, FakeIntake()) as open_to_all,
        LinkServer("127.0.0.1", 0, FakeIntake(), token="secret") as closed,
    ):
        links = Links([f"ws://127.0.0.1:{server.port}" for server in (open_to_all, closed)], "tests")

        with pytest.raises(LinkRefusedError, match="token"):
            await links.drain(asyncio.Queue())


def test_no_writer_is_an_error() -> None:
    with pytest.raises(ValueError, match="address of a writer"):
        Links([], "tests")
