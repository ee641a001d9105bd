"""The service as a process, between an exchange and a writer on this machine."""

import signal
from asyncio.subprocess import Process
from contextlib import AbstractAsyncContextManager

from coattail_runtime.link import LinkServer
from coattail_testing.connector import FakeExchange
from coattail_testing.link import FakeIntake
from coattail_testing.records import a_process


def started(exchange: FakeExchange, link_port: int, **more: str) -> AbstractAsyncContextManager[Process]:
    environment = {
        "INGEST_COINBASE_WS_URL": exchange.url,
        "INGEST_COINBASE_LINK_URL": f"ws://127.0.0.1:{link_port}",
        "INGEST_COINBASE_HEALTH_PORT": "0",
        "INGEST_COINBASE_SYMBOLS": "BTC-USD,XXX-USD",
        **more,
    }
    return a_process("ingest_coinbase", environment=environment)


async def test_it_forwards_and_ends_when_all_is_accepted() -> None:
    intake = FakeIntake(accepting=True)
    async with (
        FakeExchange() as exchange,
        LinkServer("127.0.0.1", 0, intake) as link,
        started(exchange, link.port) as process,
    ):
        socket = await exchange.subscriber()
        for trade_id in range(100):
            await socket.send(
                f'{{"type":"match","trade_id":{trade_id},"side":"sell","size":"0.01","price":"91000.10",'
                '"product_id":"BTC-USD","time":"2026-01-05T09:58:40.123456Z"}'
            )
        await intake.until(100)
        process.send_signal(signal.SIGTERM)
        _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
    assert intake.trade_ids("BTC-USD") == list(range(100))


async def test_it_follows_the_other_feed_when_told() -> None:
    intake = FakeIntake(accepting=True)
    async with (
        FakeExchange() as exchange,
        LinkServer("127.0.0.1", 0, intake) as link,
        started(exchange, link.port, INGEST_COINBASE_FEED="advanced") as process,
    ):
        socket = await exchange.subscriber()
        trades = ",".join(
            f'{{"trade_id":"{trade_id}","side":"SELL","size":"0.01","price":"91000.10","product_id":"BTC-USD",'
            '"time":"2026-01-05T09:58:40.1234Z"}'
            for trade_id in range(99, -1, -1)
        )
        await socket.send(f'{{"channel":"market_trades","events":[{{"type":"update","trades":[{trades}]}}]}}')
        await intake.until(100)
        process.send_signal(signal.SIGTERM)
        _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
    assert intake.trade_ids("BTC-USD") == list(range(100))


async def test_a_product_that_does_not_exist_is_told_of_and_ends_no_other() -> None:
    intake = FakeIntake(accepting=True)
    async with (
        FakeExchange() as exchange,
        LinkServer("127.0.0.1", 0, intake) as link,
        started(exchange, link.port) as process,
    ):
        socket = await exchange.subscriber()
        await socket.send('{"type":"error","message":"Failed to subscribe","reason":"XXX-USD is not a valid product"}')
        await socket.send(
            '{"type":"match","trade_id":7,"side":"sell","size":"0.01","price":"91000.10",'
            '"product_id":"BTC-USD","time":"2026-01-05T09:58:40.123456Z"}'
        )
        await intake.until(1)
        process.send_signal(signal.SIGTERM)
        log, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
    assert intake.trade_ids("BTC-USD") == [7]
    (line,) = [line for line in log.splitlines() if b"the exchange does not serve this market" in line]
    assert b'"symbol":"XXX-USD"' in line
