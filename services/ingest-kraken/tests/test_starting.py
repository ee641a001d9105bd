"""The service as a process, between an exchange and a writer on this machine."""

import signal
from asyncio.subprocess import Process
from contextlib import AbstractAsyncContextManager

from coattail_runtime.link import LinkServer
from coattail_testing.connector import FakeExchange
from coattail_testing.link import FakeIntake
from coattail_testing.records import a_process


def started(exchange: FakeExchange, link_port: int) -> AbstractAsyncContextManager[Process]:
    environment = {
        "INGEST_KRAKEN_WS_URL": exchange.url,
        "INGEST_KRAKEN_LINK_URL": f"ws://127.0.0.1:{link_port}",
        "INGEST_KRAKEN_HEALTH_PORT": "0",
        "INGEST_KRAKEN_SYMBOLS": "BTC-USD,XXX-USD",
    }
    return a_process("ingest_kraken", environment=environment)


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
                '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":91000.10,'
                f'"qty":0.01,"ord_type":"limit","trade_id":{trade_id},"timestamp":"2026-01-05T09:58:40.123456Z"}}]}}'
            )
        await intake.until(100)
        process.send_signal(signal.SIGTERM)
        _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
    assert intake.trade_ids("BTC-USD") == list(range(100))


async def test_a_market_that_does_not_exist_is_told_of_and_ends_no_other() -> None:
    intake = FakeIntake(accepting=True)
    async with (
        FakeExchange() as exchange,
        LinkServer("127.0.0.1", 0, intake) as link,
        started(exchange, link.port) as process,
    ):
        socket = await exchange.subscriber()
        await socket.send('{"error":"Currency pair not supported XXX/USD","method":"subscribe","success":false}')
        await socket.send(
            '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":91000.10,'
            '"qty":0.01,"ord_type":"limit","trade_id":7,"timestamp":"2026-01-05T09:58:40.123456Z"}]}'
        )
        await intake.until(1)
        process.send_signal(signal.SIGTERM)
        log, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
    assert intake.trade_ids("BTC-USD") == [7]
    (line,) = [line for line in log.splitlines() if b"the exchange does not serve this market" in line]
    assert b'"symbol":"XXX-USD"' in line
