"""A market that the exchange does not serve: the others go on, and it comes back."""

import asyncio

import pytest
from libs.connector.tests.listening_connector import BTC, ETH, OFTEN, SOL, scene, send

from coattail_common.contracts import MarketAvailable, MarketUnavailable
from coattail_connector import BackfillRefusedError, Change, ExchangeRefusedError, Reason, Reporter
from coattail_testing.connector import ReadableLog


async def test_what_the_exchange_does_not_have_is_reported_and_the_others_are_followed(
    reporter: Reporter, log: ReadableLog
) -> None:
    async with scene(reporter) as the:
        await the.arrival(BTC)
        the.backfill.errors.append(BackfillRefusedError("404"))
        assert await the.connector.follow([ETH, SOL]) == Change(added=(ETH, SOL), removed=(BTC,))
        await send(await the.arrival(SOL), f"{SOL} 1")
        assert await the.came(1) == [(SOL, 1)]
        assert the.events.events == [
            MarketUnavailable(
                occurred_at=the.clock(), exchange="plain", symbol=ETH, reason="plain has no market ETH-USDT"
            )
        ]
    assert len(log.lines("the exchange does not serve this market")) == 1
    assert reporter.tally.unavailable == 1


async def test_a_list_of_which_the_exchange_has_nothing_changes_nothing(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        old = await the.arrival(BTC)
        the.backfill.errors += [BackfillRefusedError("404"), BackfillRefusedError("404")]
        with pytest.raises(ExchangeRefusedError, match="plain has no market ETH-USDT, SOL-USDT"):
            await the.connector.follow([ETH, SOL])
        await send(old, f"{BTC} 5")
        assert await the.came(1) == [(BTC, 5)]
        assert the.connector.followed.symbols == (BTC,)


async def test_a_market_that_the_feed_refuses_ends_at_the_next_connection_and_the_others_miss_nothing(
    reporter: Reporter, log: ReadableLog
) -> None:
    async with scene(reporter, (BTC, 6), (BTC, 7)) as the:
        await the.arrival(BTC)
        await the.connector.follow([BTC, ETH])
        socket = await the.arrival(BTC, ETH)
        await send(socket, f"{BTC} 5", f"refused {ETH}", f"{BTC} 6")
        assert await the.came(2) == [(BTC, 5), (BTC, 6)]
        socket.transport.abort()
        await send(await the.arrival(BTC), f"{BTC} 8")
        assert await the.came(2) == [(BTC, 7), (BTC, 8)]
    assert len(log.lines("the exchange does not serve this market")) == 1


async def test_where_one_refuses_all_the_others_are_asked_for_again_at_once(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        the.connector.one_refuses_all = True
        await the.arrival(BTC)
        await the.connector.follow([BTC, ETH, SOL])
        socket = await the.arrival(BTC, ETH, SOL)
        await send(socket, f"refused {ETH}")
        assert [await socket.recv(), await socket.recv()] == ["hello", f"{BTC} {SOL}"]
        await send(socket, f"refused {SOL}")
        assert [await socket.recv(), await socket.recv()] == ["hello", BTC]


async def test_it_comes_back_by_itself_and_is_reported_once(reporter: Reporter) -> None:
    """Refused again while it is tried, it is no news; not refused for a while, it is available, and misses nothing."""
    async with scene(reporter, (ETH, 2), (ETH, 3), pacing=OFTEN) as the:

        def told() -> list[object]:
            kinds = (MarketUnavailable, MarketAvailable)
            return [type(event) for event in the.events.events if isinstance(event, kinds)]

        await the.arrival(BTC)
        await the.connector.follow([BTC, ETH])
        socket = await the.arrival(BTC, ETH)
        await send(socket, f"{ETH} 1")
        for seconds in (60, 120, 240):  # REST has it, and the feed refuses it
            await send(socket, f"refused {ETH}")
            await the.until(lambda: reporter.tally.unavailable == 1)
            the.clock.forward(seconds)
            socket = await the.arrival(BTC, ETH)
        await send(socket, f"{ETH} 4")
        assert await the.came(4) == [(ETH, 1), (ETH, 2), (ETH, 3), (ETH, 4)]
        assert told() == [MarketUnavailable]
        the.clock.forward(60)
        await the.until(lambda: told() == [MarketUnavailable, MarketAvailable])
        assert reporter.tally.unavailable == 0


async def test_with_no_market_left_it_waits_and_is_not_healthy_and_goes_on_when_one_is_back(reporter: Reporter) -> None:
    async with scene(reporter, pacing=OFTEN) as the:
        socket = await the.arrival(BTC)
        await send(socket, f"{BTC} 1")
        assert await the.came(1) == [(BTC, 1)]
        assert the.connector.health_check()
        the.backfill.errors += [BackfillRefusedError("404")] * 2  # in doubt, and a minute later
        await send(socket, f"refused {BTC}")
        await the.until(lambda: not the.connector.health_check())
        socket.transport.abort()
        await the.until(lambda: len(the.backfill.errors) == 1)
        for _ in range(3):
            the.clock.forward(240)
            await asyncio.sleep(0.01)
        await send(await the.arrival(BTC), f"{BTC} 2")
        assert await the.came(1) == [(BTC, 2)]
        assert not the.backfill.errors


async def test_a_start_with_nothing_that_the_exchange_has_ends(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        the.backfill.errors.append(BackfillRefusedError("404"))
        await send(await the.arrival(BTC), f"refused {BTC}")
        with pytest.raises(ExchangeRefusedError, match="plain has no market BTC-USDT"):
            await the.streaming


async def test_a_market_served_under_another_name_is_refused_with_that_name(
    reporter: Reporter, log: ReadableLog
) -> None:
    async with scene(reporter) as the:
        await the.arrival(BTC)
        await the.connector.follow([BTC, ETH])
        socket = await the.arrival(BTC, ETH)
        await send(socket, f"alias {ETH}", f"{BTC} 1")
        assert await the.came(1) == [(BTC, 1)]
    assert len(log.lines("the exchange serves it as OTHER: follow that instead")) == 1
    assert reporter.tally.refused == {Reason.UNKNOWN_SYMBOL: 1}
