import asyncio
from contextlib import AbstractAsyncContextManager

import msgspec
from tenacity.wait import wait_none

from coattail_connector import Reason, Reporter
from coattail_testing.connector import ReadableLog
from coattail_testing.scene import Scene, streaming
from ingest_coinbase.connector import CoinbaseConnector
from ingest_coinbase.feeds import Feed
from ingest_coinbase.frames import subscription

SUBSCRIBE_WITHIN = 5.0


def following(
    reporter: Reporter, *symbols: str, feed: Feed = Feed.EXCHANGE
) -> AbstractAsyncContextManager[Scene[CoinbaseConnector]]:
    return streaming(lambda url: CoinbaseConnector(symbols, url, reporter, feed=feed, wait=wait_none()))


def match(trade_id: int, kind: str = "match") -> str:
    return (
        f'{{"type":"{kind}","trade_id":{trade_id},"side":"sell","size":"0.01","price":"91000.10","product_id":"BTC-USD",'
        '"sequence":70000001,"time":"2026-01-05T09:58:40.123456Z"}'
    )


def heartbeat(last_trade_id: int) -> str:
    return f'{{"type":"heartbeat","sequence":1,"last_trade_id":{last_trade_id},"product_id":"BTC-USD","time":"x"}}'


async def test_it_subscribes_at_once_to_matches_and_heartbeats(reporter: Reporter) -> None:
    async with following(reporter, "BTC-USD", "ETH-USD") as the:
        socket = await the.exchange.arrival()
        async with asyncio.timeout(SUBSCRIBE_WITHIN):
            words = await socket.recv()
        assert isinstance(words, str)
        assert msgspec.json.decode(words) == {
            "type": "subscribe",
            "channels": [
                {"name": "matches", "product_ids": ["BTC-USD", "ETH-USD"]},
                {"name": "heartbeat", "product_ids": ["BTC-USD", "ETH-USD"]},
            ],
        }


async def test_advanced_trade_is_told_of_one_channel_at_a_time(reporter: Reporter) -> None:
    async with following(reporter, "BTC-USD", "ETH-USD", feed=Feed.ADVANCED) as the:
        socket = await the.exchange.arrival()
        async with asyncio.timeout(SUBSCRIBE_WITHIN):
            words = [msgspec.json.decode(await socket.recv()) for _ in range(2)]
        assert words == [
            {"type": "subscribe", "channel": "market_trades", "product_ids": ["BTC-USD", "ETH-USD"]},
            {"type": "subscribe", "channel": "heartbeats"},
        ]


async def test_any_error_of_advanced_trade_ends_the_session(reporter: Reporter, log: ReadableLog) -> None:
    async with following(reporter, "BTC-USD", feed=Feed.ADVANCED) as the:
        first = await the.exchange.subscriber()
        await first.send('{"type":"error","message":"authentication failure"}')
        await the.exchange.subscriber()
    assert reporter.tally.reconnects == 1
    assert log.lines("authentication failure")


async def test_the_last_match_is_where_continuity_starts(reporter: Reporter) -> None:
    async with following(reporter, "BTC-USD") as the:
        socket = await the.exchange.subscriber()
        for frame in (match(100, "last_match"), heartbeat(100), match(101), match(102)):
            await socket.send(frame)
        assert await the.ids(2) == [101, 102]
        assert the.queue.empty()
    assert reporter.tally.gaps == 0


async def test_a_gap_is_seen_in_a_quiet_market(reporter: Reporter, log: ReadableLog) -> None:
    async with following(reporter, "BTC-USD") as the:
        socket = await the.exchange.subscriber()
        for frame in (match(100, "last_match"), match(101), heartbeat(103), match(104)):
            await socket.send(frame)
        assert await the.ids(2) == [101, 104]
    assert log.lines('"first_trade_id":102,"last_trade_id":103')
    assert reporter.tally.missing == 2


async def test_what_was_missed_between_two_connections_is_seen_at_once(reporter: Reporter, log: ReadableLog) -> None:
    async with following(reporter, "BTC-USD") as the:
        first = await the.exchange.subscriber()
        await first.send(match(101))
        assert await the.ids(1) == [101]
        first.transport.abort()
        second = await the.exchange.subscriber()
        await second.send(match(105, "last_match"))
        await second.send(match(106))
        assert await the.ids(1) == [106]
    assert log.lines('"first_trade_id":102,"last_trade_id":105')


async def test_a_product_that_does_not_exist_ends_no_other(reporter: Reporter, log: ReadableLog) -> None:
    """The whole subscription is refused because of it: the others are asked for on the same connection."""
    async with following(reporter, "BTC-USD", "XXX-USD") as the:
        socket = await the.exchange.subscriber()
        await socket.send('{"type":"error","message":"Failed to subscribe","reason":"XXX-USD is not a valid product"}')
        assert await socket.recv() == subscription(("BTC-USD",)).decode()
        await socket.send(match(101))
        assert await the.ids(1) == [101]
    (line,) = log.lines("the exchange does not serve this market")
    assert '"symbol":"XXX-USD"' in line
    assert reporter.tally.reconnects == 0


async def test_a_subscription_that_fails_otherwise_is_tried_again(reporter: Reporter) -> None:
    async with following(reporter, "BTC-USD") as the:
        first = await the.exchange.subscriber()
        await first.send('{"type":"error","message":"Failed to subscribe","reason":"too many requests"}')
        second = await the.exchange.subscriber()
        await second.send(match(101))
        assert await the.ids(1) == [101]
    assert reporter.tally.reconnects == 1


async def test_bad_frames_and_errors_leave_good_trades_alone(reporter: Reporter, log: ReadableLog) -> None:
    async with following(reporter, "BTC-USD") as the:
        socket = await the.exchange.subscriber()
        bad = ("", "{", match(101).replace("0.01", "0.-10000"), match(101).replace("2026-01-05", "0001-01-01"))
        for frame in (*bad, match(101), '{"type":"error","message":"slow consume"}', match(102)):
            await socket.send(frame)
        assert await the.ids(2) == [101, 102]
    assert reporter.tally.refused == {Reason.MALFORMED: 2, Reason.AMOUNT: 1, Reason.TIME: 1}
    assert log.lines("slow consume")
