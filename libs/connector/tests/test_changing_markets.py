"""A connector whose list of markets changes."""

import asyncio

from libs.connector.tests.listening_connector import BTC, ETH, SOL, scene, send

from coattail_connector import Change, Pacing, Reporter


async def test_in_a_quiet_market_too_a_change_is_followed_at_once(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        old = await the.arrival(BTC)
        assert await the.connector.follow([BTC, ETH]) == Change(added=(ETH,))
        new = await the.arrival(BTC, ETH)
        await send(old, f"{BTC} 5")
        await old.wait_closed()
        await send(new, f"{BTC} 6", f"{ETH} 70")
        assert await the.came(3) == [(BTC, 5), (BTC, 6), (ETH, 70)]


async def test_the_same_markets_in_another_order_are_no_change(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        await the.arrival(BTC)
        assert not await the.connector.follow([BTC])
        assert the.connector.followed.symbols == (BTC,)


async def test_an_added_market_begins_at_its_cursor(reporter: Reporter) -> None:
    async with scene(reporter, (ETH, 68), (ETH, 69), cursors={ETH: 67}) as the:
        await the.arrival(BTC)
        await the.connector.follow([BTC, ETH])
        new = await the.arrival(BTC, ETH)
        await send(new, f"{ETH} 70")
        assert await the.came(3) == [(ETH, 68), (ETH, 69), (ETH, 70)]


async def test_a_change_while_another_connection_is_being_made(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        await the.arrival(BTC)
        the.connector.may_subscribe.clear()
        await the.connector.follow([ETH])
        second = await the.exchange.arrival()
        assert await second.recv() == "hello"
        await the.connector.follow([SOL])
        the.connector.may_subscribe.set()
        assert await second.recv() == ETH
        third = await the.arrival(SOL)
        await second.wait_closed()
        await send(third, f"{SOL} 1")
        assert await the.came(1) == [(SOL, 1)]
        assert list(the.connector.followed.known) == [SOL]


async def test_a_change_before_the_first_connection_is_up(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        the.connector.may_subscribe.clear()
        first = await the.exchange.arrival()
        assert await first.recv() == "hello"
        await the.connector.follow([BTC, ETH])
        the.connector.may_subscribe.set()
        assert await first.recv() == BTC
        await the.arrival(BTC, ETH)
        await first.wait_closed()


async def test_a_market_that_was_left_is_forgotten_with_the_next_change(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        await send(await the.arrival(BTC), f"{BTC} 5")
        await the.connector.follow([ETH])
        await send(await the.arrival(ETH), f"{ETH} 1")
        assert await the.came(2) == [(BTC, 5), (ETH, 1)]
        assert the.connector.continuity.newest(BTC) == 5
        await the.connector.follow([SOL])
        assert the.connector.continuity.newest(BTC) is None


async def test_a_session_that_ends_lets_go_of_the_connection_that_was_to_follow_it(reporter: Reporter) -> None:
    async with scene(reporter) as the:
        old = await the.arrival(BTC)
        the.connector.may_subscribe.clear()
        await the.connector.follow([ETH])
        following = await the.exchange.arrival()
        assert await following.recv() == "hello"
        await send(old, "busy")
        async with asyncio.timeout(60):
            await following.wait_closed()
        the.connector.may_subscribe.set()
        await the.arrival(ETH)


async def test_what_was_traded_while_there_was_no_connection_is_asked_for_soon(reporter: Reporter) -> None:
    patient = Pacing(every=0.001, shortest=0.01, longest=3600, unknown=3600)
    async with scene(reporter, (BTC, 6), pacing=patient) as the:
        socket = await the.arrival(BTC)
        await send(socket, f"{BTC} 5")
        assert await the.came(1) == [(BTC, 5)]
        coming = asyncio.create_task(the.came(1))
        for _ in range(20):  # at first the market may not have been looked at yet
            socket.transport.abort()
            socket = await the.arrival(BTC)
            await asyncio.wait({coming}, timeout=0.2)
            if coming.done():
                break
        assert coming.done()
        assert await coming == [(BTC, 6)]


async def test_a_market_that_is_left_with_a_gap_is_filled_all_the_same(reporter: Reporter) -> None:
    async with scene(reporter, (BTC, 6)) as the:
        old = await the.arrival(BTC)
        the.backfill.answering.clear()
        await send(old, f"{BTC} 5", f"{BTC} 7")
        following = asyncio.create_task(the.connector.follow([ETH]))
        assert await the.came(1) == [(BTC, 5)]
        the.backfill.answering.set()
        await following
        await the.arrival(ETH)
        await old.wait_closed()
        assert await the.came(2) == [(BTC, 6), (BTC, 7)]
    assert reporter.tally.missing == 0
