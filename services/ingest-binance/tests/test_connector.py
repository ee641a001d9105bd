import asyncio
from contextlib import AbstractAsyncContextManager

import msgspec
import pytest
from tenacity.wait import wait_none
from websockets.asyncio.server import ServerConnection

from coattail_connector import Reason, Reporter, SocketOptions
from coattail_testing.conformance.sessions import SESSION_CASES, Session, SessionCase
from coattail_testing.scene import Scene, streaming
from ingest_binance.connector import BinanceConnector


def frame(trade_id: int, name: str = "BTCUSDT") -> str:
    return (
        f'{{"stream":"{name.lower()}@trade","data":{{"e":"trade","E":1723161255343,"s":"{name}","t":{trade_id},'
        '"p":"61837.63","q":"0.02","T":1723161255342,"m":true,"M":true}}'
    )


def following(reporter: Reporter, *symbols: str) -> AbstractAsyncContextManager[Scene[BinanceConnector]]:
    options = SocketOptions(overlap=0.05)
    return streaming(lambda url: BinanceConnector(symbols, url + "/", reporter, options=options, wait=wait_none()))


def path(socket: ServerConnection) -> str:
    assert socket.request is not None
    return socket.request.path


async def test_the_address_names_the_streams(reporter: Reporter) -> None:
    async with following(reporter, "BTC-USDT", "ETH-BTC") as the:
        socket = await the.exchange.arrival()
        assert path(socket) == "/stream?streams=btcusdt@trade/ethbtc@trade"
        await socket.send(frame(5))
        await socket.send(frame(900, "ETHBTC"))
        assert [(await the.queue.get()).market.symbol for _ in range(2)] == ["BTC-USDT", "ETH-BTC"]


SESSION = Session(
    connector=lambda symbols, url, reporter, wait: BinanceConnector(symbols, url, reporter, wait=wait),
    symbols=("BTC-USDT", "ETH-USDT"),
    trade=frame,
    refusal=('{"error":{"code":3,"msg":"Invalid JSON"},"id":1}', "subscribe: 3: Invalid JSON"),
    bad={
        frame(5, "NOSUCHUSDT"): Reason.UNKNOWN_SYMBOL,
        frame(5).replace("0.02", "-1"): Reason.AMOUNT,
    },
    complaint=('{"code":2,"msg":"Invalid request"}', "2: Invalid request"),
)


@pytest.mark.parametrize("case", [case for case in SESSION_CASES if case.applies(SESSION)], ids=str)
async def test_session(case: SessionCase) -> None:
    await case.run(SESSION)


MANY = [f"COIN{number:04}-USDT" for number in range(600)]


def named(socket: ServerConnection) -> list[str]:
    return path(socket).removeprefix("/stream?streams=").split("/")


async def test_what_does_not_fit_the_address_is_subscribed_to_on_the_connection(reporter: Reporter) -> None:
    """600 markets make an address of 10,000 characters, which servers and proxies refuse."""
    async with following(reporter, *MANY) as the:
        socket = await the.exchange.arrival()
        assert 7_900 < len(path(socket)) < 8_000
        streams = named(socket)
        while len(streams) < len(MANY):
            request = msgspec.json.decode(await socket.recv())
            assert request["method"] == "SUBSCRIBE"
            assert len(request["params"]) <= 200
            streams += request["params"]
            await socket.send(msgspec.json.encode({"result": None, "id": request["id"]}).decode())
        assert streams == [f"{symbol.replace('-', '').lower()}@trade" for symbol in MANY]
        await socket.send(frame(5, "COIN0599USDT"))
        assert await the.ids(1) == [5]
    assert reporter.tally.refused == {}


async def test_an_address_that_is_too_long_for_somebody_names_fewer(reporter: Reporter) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        paths.append(len(line))
        answer = b"HTTP/1.1 414 URI Too Long\r\nContent-Length: 0\r\n\r\n"
        writer.write(answer)
        await writer.drain()
        writer.close()
        asked.set()

    paths: list[int] = []
    asked = asyncio.Event()
    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        connector = BinanceConnector(MANY, url, reporter, wait=wait_none())
        streaming = asyncio.create_task(connector.stream(asyncio.Queue()))
        async with asyncio.timeout(60):
            while len(paths) < 4:
                asked.clear()
                await asked.wait()
        await connector.shutdown()
        await streaming
    assert [round(length / 1000) for length in paths[:4]] == [8, 4, 2, 1]


async def test_a_ping_comes_back_with_its_payload(reporter: Reporter) -> None:
    async with following(reporter, "BTC-USDT") as the:
        socket = await the.exchange.arrival()
        await (await socket.ping(b"1723161255343"))


async def test_a_subscription_that_fails_meanwhile_is_tried_again_by_another_session(reporter: Reporter) -> None:
    """The refusal comes while the requests for 600 markets are being sent."""
    async with following(reporter, *MANY) as the:
        socket = await the.exchange.arrival()
        await socket.send('{"error":{"code":3,"msg":"Invalid JSON"},"id":1}')
        await the.exchange.arrival()
    assert reporter.tally.reconnects == 1


async def test_an_announced_shutdown_loses_nothing(reporter: Reporter) -> None:
    async with following(reporter, "BTC-USDT") as the:
        old = await the.exchange.arrival()
        await old.send(frame(5))
        await old.send('{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1780000000123}}')
        new = await the.exchange.arrival()
        await old.send(frame(6))
        for trade_id in (6, 7):
            await new.send(frame(trade_id))
        await old.wait_closed()
        assert await the.ids(3) == [5, 6, 7]
    assert (reporter.tally.gaps, reporter.tally.reconnects) == (0, 0)
