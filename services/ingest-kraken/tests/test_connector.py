import asyncio
from contextlib import AbstractAsyncContextManager

import msgspec
from tenacity.wait import wait_none

from coattail_connector import Reason, Reporter
from coattail_testing.connector import ReadableLog
from coattail_testing.scene import Scene, streaming
from ingest_kraken.connector import KrakenConnector

SUBSCRIBE_WITHIN = 5.0


def following(reporter: Reporter, *symbols: str) -> AbstractAsyncContextManager[Scene[KrakenConnector]]:
    return streaming(lambda url: KrakenConnector(symbols, url, reporter, wait=wait_none()))


def trades(*ids: int, kind: str = "update") -> str:
    items = ",".join(
        f'{{"symbol":"BTC/USD","side":"sell","price":91000.10,"qty":0.01,"ord_type":"limit","trade_id":{trade_id},'
        '"timestamp":"2026-01-05T09:58:40.123456Z"}'
        for trade_id in ids
    )
    return f'{{"channel":"trade","type":"{kind}","data":[{items}]}}'


async def test_it_subscribes_at_once_and_asks_for_snapshots(reporter: Reporter) -> None:
    async with following(reporter, "BTC-USD", "ETH-USD") as the:
        socket = await the.exchange.arrival()
        async with asyncio.timeout(SUBSCRIBE_WITHIN):
            words = await socket.recv()
        assert isinstance(words, str)
        assert msgspec.json.decode(words) == {
            "method": "subscribe",
            "params": {"channel": "trade", "symbol": ["BTC/USD", "ETH/USD"], "snapshot": True},
        }


async def test_the_snapshot_is_where_continuity_starts(reporter: Reporter) -> None:
    async with following(reporter, "BTC-USD") as the:
        socket = await the.exchange.subscriber()
        for frame in (trades(98, 99, 100, kind="snapshot"), trades(101, 102)):
            await socket.send(frame)
        assert await the.ids(2) == [101, 102]
        assert the.queue.empty()
    assert reporter.tally.gaps == 0


async def test_what_was_missed_between_two_connections_is_seen_at_once(reporter: Reporter, log: ReadableLog) -> None:
    async with following(reporter, "BTC-USD") as the:
        first = await the.exchange.subscriber()
        await first.send(trades(101))
        assert await the.ids(1) == [101]
        first.transport.abort()
        second = await the.exchange.subscriber()
        await second.send(trades(103, 104, 105, kind="snapshot"))
        await second.send(trades(106))
        assert await the.ids(1) == [106]
    assert log.lines('"first_trade_id":102,"last_trade_id":105')


async def test_a_market_that_does_not_exist_ends_no_other(reporter: Reporter, log: ReadableLog) -> None:
    async with following(reporter, "BTC-USD", "XXX-USD") as the:
        socket = await the.exchange.subscriber()
        await socket.send(
            '{"error":"Currency pair not supported XXX/USD","method":"subscribe","success":false,"symbol":"XXX/USD"}'
        )
        await socket.send(trades(101))
        assert await the.ids(1) == [101]
    (line,) = log.lines("the exchange does not serve this market")
    assert '"symbol":"XXX-USD"' in line
    assert "Currency pair not supported XXX/USD" in line
    assert reporter.tally.reconnects == 0


async def test_a_refusal_that_names_its_market_in_a_field_ends_no_other(reporter: Reporter, log: ReadableLog) -> None:
    async with following(reporter, "BTC-USD", "XXX-USD") as the:
        socket = await the.exchange.subscriber()
        await socket.send('{"error":"Market not available","method":"subscribe","success":false,"symbol":"XXX/USD"}')
        await socket.send(trades(101))
        assert await the.ids(1) == [101]
    assert log.lines("subscribe: Market not available (XXX/USD)")
    assert the.connector.followed.symbols == ("BTC-USD",)


async def test_a_subscription_that_fails_otherwise_is_tried_again(reporter: Reporter) -> None:
    async with following(reporter, "BTC-USD") as the:
        first = await the.exchange.subscriber()
        await first.send('{"error":"Exceeded msg rate","method":"subscribe","success":false}')
        second = await the.exchange.subscriber()
        await second.send(trades(101))
        assert await the.ids(1) == [101]
    assert reporter.tally.reconnects == 1


async def test_bad_frames_and_the_engines_state_leave_good_trades_alone(reporter: Reporter, log: ReadableLog) -> None:
    async with following(reporter, "BTC-USD") as the:
        socket = await the.exchange.subscriber()
        bad = ("", "{", trades(101).replace("0.01", "-0.01"), trades(101).replace("2026-01-05", "0001-01-01"))
        state = '{"channel":"status","type":"update","data":[{"system":"cancel_only"}]}'
        for frame in (*bad, trades(101), state, trades(102)):
            await socket.send(frame)
        assert await the.ids(2) == [101, 102]
    assert reporter.tally.refused == {Reason.MALFORMED: 2, Reason.AMOUNT: 1, Reason.TIME: 1}
    assert log.lines("the trading engine is in cancel_only")
