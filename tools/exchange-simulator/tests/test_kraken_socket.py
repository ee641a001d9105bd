import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from exchange_simulator.kraken.socket import KrakenLimits
from exchange_simulator.model import Venue
from exchange_simulator.scenario import MarketPlan, Scenario

type Serve = Callable[..., Awaitable[Any]]

ONE_MARKET = Scenario(
    seed=7,
    rate=400.0,
    event_period=0.0,
    markets=(MarketPlan(exchange=Venue.KRAKEN, symbol="BTC-USD", price=61_800.0),),
)


def subscribe(*symbols: str, **params: object) -> dict[str, Any]:
    return {"method": "subscribe", "params": {"channel": "trade", "symbol": list(symbols), **params}}


async def frames(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[Any]:
    return [json.loads(await socket.receive_str(timeout=60)) for _ in range(count)]


async def test_a_connection_begins_with_the_status(serve: Serve) -> None:
    served = await serve(ONE_MARKET, is_running=False)
    async with served.client.ws_connect(f"{served.kraken}/v2") as socket:
        (status,) = await frames(socket, 1)
    assert (status["channel"], status["type"]) == ("status", "update")
    assert status["data"][0]["system"] == "online"


async def test_a_client_that_does_not_subscribe_is_closed(serve: Serve) -> None:
    served = await serve(ONE_MARKET, limits={Venue.KRAKEN: KrakenLimits(subscribe_within=0.2)})
    async with served.client.ws_connect(f"{served.kraken}/v2") as socket:
        await frames(socket, 1)
        assert (await socket.receive(timeout=60)).type is WSMsgType.CLOSE


async def test_a_subscription_begins_with_the_latest_fifty_trades(serve: Serve) -> None:
    served = await serve(ONE_MARKET)
    async with served.client.ws_connect(f"{served.kraken}/v2") as socket:
        await socket.send_json(subscribe("BTC/USD", snapshot=False))
        await frames(socket, 80)
    async with served.client.ws_connect(f"{served.kraken}/v2") as socket:
        await socket.send_json({**subscribe("BTC/USD"), "req_id": 7})
        _, reply, snapshot, *updates = await frames(socket, 40)
    assert (reply["method"], reply["success"], reply["req_id"]) == ("subscribe", True, 7)
    assert reply["result"] == {"channel": "trade", "symbol": "BTC/USD", "snapshot": True}
    assert (snapshot["channel"], snapshot["type"]) == ("trade", "snapshot")
    assert {update["type"] for update in updates} == {"update"}
    ids = [trade["trade_id"] for frame in (snapshot, *updates) for trade in frame["data"]]
    assert len(snapshot["data"]) == 50
    assert ids == list(range(ids[0], ids[0] + 50 + len(updates)))


async def test_each_market_is_answered_for_itself(serve: Serve) -> None:
    served = await serve(ONE_MARKET, is_running=False)
    async with served.client.ws_connect(f"{served.kraken}/v2") as socket:
        await socket.send_json(subscribe("XBT/USD", "BTC/USD"))
        _, refused, accepted, _ = await frames(socket, 4)
    assert (refused["success"], refused["symbol"]) == (False, "XBT/USD")
    assert refused["error"] == "Currency pair not supported XBT/USD"
    assert accepted["success"]
    assert served.simulator.status().subscribers["kraken"] == 1


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ("{oops", "Malformed request"),
        ('{"method":"dance"}', "Unsupported event"),
        ('{"method":"subscribe","params":{"channel":"level9","symbol":["BTC/USD"]}}', "Unknown channel: level9"),
        ('{"method":"subscribe","params":{"channel":"trade"}}', "No symbol provided"),
    ],
)
async def test_errors_and_nothing_subscribed(serve: Serve, asked: str, error: str) -> None:
    served = await serve(ONE_MARKET, is_running=False)
    async with served.client.ws_connect(f"{served.kraken}/v2") as socket:
        await socket.send_str(asked)
        _, reply = await frames(socket, 2)
    assert reply["error"].startswith(error)
    assert served.simulator.status().subscribers["kraken"] == 0


async def test_a_ping_is_answered(serve: Serve) -> None:
    served = await serve(ONE_MARKET, is_running=False)
    async with served.client.ws_connect(f"{served.kraken}/v2") as socket:
        await socket.send_json({"method": "ping", "req_id": 101})
        _, reply = await frames(socket, 2)
    assert (reply["method"], reply["req_id"]) == ("pong", 101)


async def test_heartbeats_come_while_nothing_else_does(serve: Serve) -> None:
    served = await serve(ONE_MARKET, is_running=False, limits={Venue.KRAKEN: KrakenLimits(heartbeat_interval=0.1)})
    async with served.client.ws_connect(f"{served.kraken}/v2") as socket:
        await socket.send_json(subscribe("BTC/USD"))
        *_, first, second = await frames(socket, 5)
    assert first == second == {"channel": "heartbeat"}


async def test_unsubscribing_ends_it(serve: Serve) -> None:
    served = await serve(ONE_MARKET, is_running=False)
    async with served.client.ws_connect(f"{served.kraken}/v2") as socket:
        await socket.send_json(subscribe("BTC/USD"))
        await frames(socket, 3)
        await socket.send_json({**subscribe("BTC/USD"), "method": "unsubscribe"})
        (reply,) = await frames(socket, 1)
        assert (reply["method"], reply["result"]) == ("unsubscribe", {"channel": "trade", "symbol": "BTC/USD"})
        assert served.simulator.status().subscribers["kraken"] == 0
