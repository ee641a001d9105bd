"""The service as a process, between an exchange and a writer on this machine."""

import signal
from asyncio.subprocess import Process
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from websockets.asyncio.server import ServerConnection

from coattail_runtime.link import LinkServer
from coattail_testing.connector import FakeExchange
from coattail_testing.link import FakeIntake
from coattail_testing.records import a_process


def started(exchange: FakeExchange, link_port: int, *flags: str) -> AbstractAsyncContextManager[Process]:
    environment = {
        "INGEST_BINANCE_WS_URL": exchange.url,
        "INGEST_BINANCE_REST_URL": "http://127.0.0.1:9",
        "INGEST_BINANCE_LINK_URL": f"ws://127.0.0.1:{link_port}",
        "INGEST_BINANCE_HEALTH_PORT": "0",
        "SYMBOLS": "BTC-USDT",
    }
    return a_process("ingest_binance", *flags, environment=environment)


async def send(socket: ServerConnection, ids: range) -> None:
    for trade_id in ids:
        await socket.send(
            f'{{"stream":"btcusdt@trade","data":{{"e":"trade","s":"BTCUSDT","t":{trade_id},"p":"61837.63","q":"0.02",'
            '"T":1723161255342,"m":true}}'
        )


async def test_it_forwards_and_ends_when_all_is_accepted() -> None:
    intake = FakeIntake(accepting=True)
    async with (
        FakeExchange() as exchange,
        LinkServer("127.0.0.1", 0, intake) as link,
        started(exchange, link.port) as process,
    ):
        socket = await exchange.arrival()
        await send(socket, range(500))
        await intake.until(500)
        process.send_signal(signal.SIGTERM)
        output, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
    assert intake.trade_ids("BTC-USDT") == list(range(500))
    assert b"every trade is accepted" in output


async def test_what_is_not_accepted_in_time_is_counted() -> None:
    intake = FakeIntake()
    async with (
        FakeExchange() as exchange,
        LinkServer("127.0.0.1", 0, intake) as link,
        started(exchange, link.port, "--drain-seconds", "0.2") as process,
    ):
        socket = await exchange.arrival()
        await send(socket, range(50))
        await intake.until(50)
        process.send_signal(signal.SIGTERM)
        output, _ = await process.communicate()
    assert process.returncode == 0
    (line,) = [line for line in output.splitlines() if b"not accepted" in line]
    assert b'"not_accepted":50' in line


async def test_cursors_that_are_none_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "binance.json").write_text("{")
    async with FakeExchange() as exchange, started(exchange, 9, "--cursors", f"file:{tmp_path}") as process:
        _, errors = await process.communicate()
    assert process.returncode == 2
    (line,) = errors.decode().splitlines()
    assert "binance.json holds no cursors" in line
    assert "INGEST_BINANCE_CURSORS" in line


async def test_a_health_port_in_use_is_one_line() -> None:
    async with FakeExchange() as exchange:
        port = exchange.url.rpartition(":")[2]
        async with started(exchange, 9, "--health-port", port) as process:
            _, errors = await process.communicate()
    assert process.returncode == 2
    (line,) = errors.decode().splitlines()
    assert f"port {port} on 127.0.0.1 is in use" in line
    assert "INGEST_BINANCE_HEALTH_PORT" in line


async def test_a_writer_that_wants_a_token_is_one_line() -> None:
    async with (
        FakeExchange() as exchange,
        LinkServer("127.0.0.1", 0, FakeIntake(), token="secret") as link,
        started(exchange, link.port) as process,
    ):
        _, errors = await process.communicate()
    assert process.returncode == 2
    (line,) = errors.decode().splitlines()
    assert "token" in line
    assert "INGEST_BINANCE_LINK_TOKEN" in line
