import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from exchange_simulator.coinbase.advanced_socket import AdvancedLimits
from exchange_simulator.coinbase.socket import CoinbaseLimits
from exchange_simulator.model import Venue

type Serve = Callable[..., Awaitable[Any]]

SUBSCRIBE = {"type": "subscribe", "channel": "market_trades", "product_ids": ["BTC-USD"]}


async def frames(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[Any]:
    return [json.loads(await socket.receive_str(timeout=60)) for _ in range(count)]


async def test_a_client_that_does_not_subscribe_is_closed(serve: Serve) -> None:
    served = await serve(limits={Venue.COINBASE: CoinbaseLimits(advanced=AdvancedLimits(subscribe_within=0.2))})
    async with served.client.ws_connect(f"{served.coinbase}/advanced") as socket:
        assert (await socket.receive(timeout=60)).type is WSMsgType.CLOSE


async def test_a_subscription_begins_with_the_latest_hundred_newest_first(serve: Serve) -> None:
    served = await serve(limits={Venue.COINBASE: CoinbaseLimits(advanced=AdvancedLimits(batch_interval=0.05))})
    async with served.client.ws_connect(f"{served.coinbase}/advanced") as socket:
        await socket.send_json(SUBSCRIBE)
        await frames(socket, 25)
    async with served.client.ws_connect(f"{served.coinbase}/advanced") as socket:
        await socket.send_json(SUBSCRIBE)
        snapshot, subscriptions, *updates = await frames(socket, 10)
    (event,) = snapshot["events"]
    assert (snapshot["channel"], event["type"], len(event["trades"])) == ("market_trades", "snapshot", 100)
    assert subscriptions["events"] == [{"subscriptions": {"market_trades": ["BTC-USD"]}}]
    assert [frame["sequence_num"] for frame in (snapshot, subscriptions, *updates)] == [*range(10)]
    ids = [int(trade["trade_id"]) for trade in event["trades"]]
    assert ids == sorted(ids, reverse=True)
    newest = ids[0]
    sizes = []
    for update in updates:
        (event,) = update["events"]
        ids = [int(trade["trade_id"]) for trade in event["trades"]]
        assert (event["type"], ids) == ("update", [*range(newest + len(ids), newest, -1)])
        newest = ids[0]
        sizes.append(len(ids))
    assert max(sizes) > 1


async def test_the_side_is_the_makers_as_on_the_other_feed(serve: Serve) -> None:
    served = await serve(is_running=False)
    async with (
        served.client.ws_connect(f"{served.coinbase}/advanced") as advanced,
        served.client.ws_connect(f"{served.coinbase}/ws") as exchange,
    ):
        await advanced.send_json(SUBSCRIBE)
        await exchange.send_json({"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["matches"]})
        (trade,) = (await frames(advanced, 1))[0]["events"][0]["trades"]
        _, match = await frames(exchange, 2)
    assert {name: trade[name] for name in ("product_id", "price", "size")} == {
        name: match[name] for name in ("product_id", "price", "size")
    }
    assert (trade["trade_id"], trade["side"]) == (str(match["trade_id"]), match["side"].upper())
    assert 4 <= len(trade["time"].partition(".")[2].rstrip("Z")) <= 6


async def test_heartbeats_come_when_they_are_subscribed(serve: Serve) -> None:
    served = await serve(
        is_running=False, limits={Venue.COINBASE: CoinbaseLimits(advanced=AdvancedLimits(heartbeat_interval=0.1))}
    )
    async with served.client.ws_connect(f"{served.coinbase}/advanced") as socket:
        await socket.send_json({"type": "subscribe", "channel": "heartbeats"})
        _, first, second = await frames(socket, 3)
    assert first["channel"] == second["channel"] == "heartbeats"
    counters = [int(frame["events"][0]["heartbeat_counter"]) for frame in (first, second)]
    assert counters[1] == counters[0] + 1


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("{oops", "failure to parse request"),
        ('{"type":"subscribe","channel":"level9"}', "authentication failure"),
        ('{"type":"subscribe","channel":"market_trades","product_ids":["XXX-USD"]}', "authentication failure"),
    ],
)
async def test_errors_do_not_say_what_they_are_about(serve: Serve, asked: str, message: str) -> None:
    served = await serve(is_running=False)
    async with served.client.ws_connect(f"{served.coinbase}/advanced") as socket:
        await socket.send_str(asked)
        assert await frames(socket, 1) == [{"type": "error", "message": message}]
        assert served.simulator.status().subscribers["coinbase"] == 0


async def test_unsubscribing_ends_it(serve: Serve) -> None:
    served = await serve(is_running=False)
    async with served.client.ws_connect(f"{served.coinbase}/advanced") as socket:
        await socket.send_json(SUBSCRIBE)
        await frames(socket, 2)
        await socket.send_json({**SUBSCRIBE, "type": "unsubscribe"})
        (subscriptions,) = await frames(socket, 1)
        assert subscriptions["events"] == [{"subscriptions": {"market_trades": []}}]
        assert served.simulator.status().subscribers["coinbase"] == 0
