import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from exchange_simulator.binance.socket import BinanceLimits
from exchange_simulator.model import Venue

type Serve = Callable[..., Awaitable[Any]]

STREAM = "btcusdt@trade"


async def frames(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[Any]:
    return [json.loads(await socket.receive_str(timeout=60)) for _ in range(count)]


async def closing(socket: aiohttp.ClientWebSocketResponse) -> tuple[int | None, str | None]:
    """Read to the end of the connection: its close code and reason."""
    while True:
        message = await socket.receive(timeout=60)
        if message.type is WSMsgType.CLOSE:
            return message.data, message.extra
        if message.type in (WSMsgType.CLOSED, WSMsgType.ERROR):
            return socket.close_code, None


async def test_combined_streams_carry_contiguous_trades_in_envelopes(serve: Serve) -> None:
    served = await serve()
    async with served.client.ws_connect(f"{served.binance}/stream?streams={STREAM}/ethusdt@trade") as socket:
        received = await frames(socket, 50)
    assert {frame["stream"] for frame in received} == {STREAM}
    ids = [frame["data"]["t"] for frame in received]
    assert ids == list(range(ids[0], ids[0] + 50))


async def test_a_raw_stream_has_no_envelope(serve: Serve) -> None:
    served = await serve()
    async with served.client.ws_connect(f"{served.binance}/ws/{STREAM}") as socket:
        assert all(frame["e"] == "trade" for frame in await frames(socket, 3))


async def test_subscribe_list_and_unsubscribe(serve: Serve) -> None:
    served = await serve(is_running=False)
    async with served.client.ws_connect(f"{served.binance}/ws") as socket:
        await socket.send_str(f'{{"method":"SUBSCRIBE","params":["{STREAM}","nosuch@trade"],"id":1}}')
        await socket.send_str('{"method":"LIST_SUBSCRIPTIONS","id":"two"}')
        await socket.send_str('{"method":"GET_PROPERTY","params":["combined"],"id":3}')
        assert await frames(socket, 3) == [
            {"result": None, "id": 1},
            {"result": [STREAM, "nosuch@trade"], "id": "two"},
            {"result": False, "id": 3},
        ]
        assert served.simulator.status().subscribers == {"binance": 1, "coinbase": 0, "kraken": 0}
        assert served.simulator.status().subscribed_markets == ["binance:BTC-USDT"]
        await socket.send_str(f'{{"method":"UNSUBSCRIBE","params":["{STREAM}"],"id":4}}')
        assert await frames(socket, 1) == [{"result": None, "id": 4}]
        assert served.simulator.status().subscribers["binance"] == 0


async def test_combined_can_be_switched_on(serve: Serve) -> None:
    served = await serve(is_running=False)
    async with served.client.ws_connect(f"{served.binance}/ws/{STREAM}") as socket:
        await socket.send_str('{"method":"SET_PROPERTY","params":["combined",true],"id":1}')
        assert await frames(socket, 1) == [{"result": None, "id": 1}]
        served.simulator.engine.start()
        assert (await frames(socket, 1))[0]["stream"] == STREAM


@pytest.mark.parametrize(
    ("asked", "code", "message"),
    [
        ("{oops", 3, "Invalid JSON: expected value at line 1 column 2"),
        ("[]", 2, "Invalid request: expected an object"),
        ('{"id":1}', 2, "Invalid request: missing field `method` at line 1 column 8"),
        ('{"method":"SUBSCRIBE","params":["a@trade"]}', 2, "Invalid request: request ID must be an unsigned integer"),
        ('{"method":"SUBSCRIBE","params":[1],"id":1}', 2, "Invalid request: params must be stream names"),
        ('{"method":"SUBSCRIBE","params":"a","id":1}', 2, "Invalid request: params must be an array"),
        ('{"method":"GET_PROPERTY","params":[7],"id":1}', 2, "Invalid request: property name must be a string"),
        ('{"method":"GET_PROPERTY","params":["x"],"id":1}', 0, "Unknown property"),
        ('{"method":"SET_PROPERTY","params":["combined",1],"id":1}', 1, "Invalid value type: expected Boolean"),
        ('{"method":"NOPE","id":1}', 2, "Invalid request: unknown variant `NOPE`, expected one of `SUBSCRIBE`"),
    ],
)
async def test_errors_as_documented(serve: Serve, asked: str, code: int, message: str) -> None:
    served = await serve(is_running=False)
    async with served.client.ws_connect(f"{served.binance}/ws") as socket:
        await socket.send_str(asked)
        (reply,) = await frames(socket, 1)
    assert reply["code"] == code
    assert reply["msg"].startswith(message)


async def test_a_ping_that_is_answered_keeps_the_connection(serve: Serve) -> None:
    limits = {Venue.BINANCE: BinanceLimits(ping_interval=0.25, pong_timeout=0.4)}
    served = await serve(is_running=False, limits=limits)
    payloads = []
    async with served.client.ws_connect(f"{served.binance}/ws", autoping=False) as socket:
        for _ in range(5):
            message = await socket.receive(timeout=60)
            assert message.type is WSMsgType.PING
            payloads.append(bytes(message.data))
            await socket.pong(message.data)
    assert len(set(payloads)) == 5


@pytest.mark.parametrize("answer", [None, b"", b"something else"])
async def test_a_ping_without_its_payload_back_ends_the_connection(serve: Serve, answer: bytes | None) -> None:
    limits = {Venue.BINANCE: BinanceLimits(ping_interval=0.3, pong_timeout=0.5)}
    served = await serve(is_running=False, limits=limits)
    async with asyncio.timeout(60), served.client.ws_connect(f"{served.binance}/ws", autoping=False) as socket:
        while (message := await socket.receive(timeout=60)).type is WSMsgType.PING:
            if answer is not None:
                await socket.pong(answer)
    assert message.type is WSMsgType.CLOSE
    assert message.extra == "Pong timeout"


@pytest.mark.parametrize("kind", ["text", "ping", "pong"])
async def test_more_than_five_messages_a_second_end_the_connection(serve: Serve, kind: str) -> None:
    served = await serve(is_running=False)
    async with served.client.ws_connect(f"{served.binance}/ws", autoping=False) as socket:
        for number in range(6):
            if kind == "text":
                await socket.send_str(f'{{"method":"LIST_SUBSCRIPTIONS","id":{number}}}')
            elif kind == "ping":
                await socket.ping(b"x")
            else:
                await socket.pong(b"")
        assert await closing(socket) == (1008, "Too many requests")


async def test_more_streams_than_a_connection_may_have(serve: Serve) -> None:
    served = await serve(is_running=False)
    async with served.client.ws_connect(f"{served.binance}/ws") as socket:
        names = [f"s{number}@trade" for number in range(1025)]
        await socket.send_str(json.dumps({"method": "SUBSCRIBE", "params": names, "id": 1}))
        assert await closing(socket) == (1008, "Too many streams")


@pytest.mark.parametrize(("path", "is_combined"), [("stream", True), ("ws", False)])
async def test_the_end_of_a_connections_life_is_announced(serve: Serve, path: str, *, is_combined: bool) -> None:
    limits = {Venue.BINANCE: BinanceLimits(connection_life=0.4, shutdown_notice=0.2)}
    served = await serve(is_running=False, limits=limits)
    async with served.client.ws_connect(f"{served.binance}/{path}") as socket:
        (announced,) = await frames(socket, 1)
        assert ("stream" in announced) is is_combined
        assert announced.get("data", announced)["e"] == "serverShutdown"
        assert await closing(socket) == (1001, "Server shutdown")


async def test_a_client_that_goes_away_is_forgotten(serve: Serve) -> None:
    served = await serve()
    async with served.client.ws_connect(f"{served.binance}/ws/{STREAM}") as socket:
        await frames(socket, 1)
        assert served.simulator.status().connections["binance"] == 1
    async with asyncio.timeout(60):
        while served.simulator.status().connections["binance"]:
            await served.client.get(f"{served.url}/control/health")
    assert served.simulator.status().subscribers["binance"] == 0
