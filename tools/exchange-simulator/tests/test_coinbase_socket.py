import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from exchange_simulator.coinbase.socket import CoinbaseLimits
from exchange_simulator.model import Venue

type Serve = Callable[..., Awaitable[Any]]

SUBSCRIBE = {"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["matches"]}


async def frames(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[Any]:
    return [json.loads(await socket.receive_str(timeout=60)) for _ in range(count)]


async def test_a_client_that_does_not_subscribe_is_closed(serve: Serve) -> None:
    served = await serve(limits={Venue.COINBASE: CoinbaseLimits(subscribe_within=0.2)})
    async with served.client.ws_connect(f"{served.coinbase}/ws") as socket:
        message = await socket.receive(timeout=60)
    assert message.type is WSMsgType.CLOSE


async def test_a_refused_subscription_does_not_meet_the_deadline(serve: Serve) -> None:
    served = await serve(limits={Venue.COINBASE: CoinbaseLimits(subscribe_within=0.2)})
    async with served.client.ws_connect(f"{served.coinbase}/ws") as socket:
        await socket.send_json({**SUBSCRIBE, "product_ids": ["XXX-USD"]})
        assert (await frames(socket, 1))[0]["type"] == "error"
        assert (await socket.receive(timeout=60)).type is WSMsgType.CLOSE


async def test_a_client_that_subscribes_in_time_stays(serve: Serve) -> None:
    served = await serve(limits={Venue.COINBASE: CoinbaseLimits(subscribe_within=0.2, heartbeat_interval=0.1)})
    async with served.client.ws_connect(f"{served.coinbase}/ws") as socket:
        await socket.send_json({**SUBSCRIBE, "channels": ["heartbeat"]})
        received = await frames(socket, 8)
    assert [frame["type"] for frame in received] == ["subscriptions"] + ["heartbeat"] * 7


async def test_matches_begin_with_the_last_one_from_before(serve: Serve) -> None:
    served = await serve(is_running=False)
    async with served.client.ws_connect(f"{served.coinbase}/ws") as socket:
        await socket.send_json(SUBSCRIBE)
        subscriptions, last = await frames(socket, 2)
        served.simulator.engine.start()
        matches = await frames(socket, 40)
    assert subscriptions == {"type": "subscriptions", "channels": [{"name": "matches", "product_ids": ["BTC-USD"]}]}
    assert last["type"] == "last_match"
    assert {match["type"] for match in matches} == {"match"}
    ids = [frame["trade_id"] for frame in [last, *matches]]
    assert ids == list(range(ids[0], ids[0] + 41))
    sequences = [match["sequence"] for match in matches]
    assert sequences == sorted(sequences)
    assert sequences[-1] - sequences[0] > 40
    assert served.simulator.status().markets[1].first_trade_id == matches[0]["trade_id"]


async def test_a_later_subscription_has_its_last_match_too(serve: Serve) -> None:
    served = await serve()
    async with served.client.ws_connect(f"{served.coinbase}/ws") as socket:
        await socket.send_json(SUBSCRIBE)
        first = await frames(socket, 30)
    async with served.client.ws_connect(f"{served.coinbase}/ws") as socket:
        await socket.send_json(SUBSCRIBE)
        _, last, following = await frames(socket, 3)
    assert last["type"] == "last_match"
    assert last["trade_id"] >= first[-1]["trade_id"]
    assert following["trade_id"] == last["trade_id"] + 1


async def test_heartbeats_carry_the_last_trade_id(serve: Serve) -> None:
    served = await serve(limits={Venue.COINBASE: CoinbaseLimits(heartbeat_interval=0.1)})
    async with served.client.ws_connect(f"{served.coinbase}/ws") as socket:
        await socket.send_json(
            {**SUBSCRIBE, "channels": ["matches", {"name": "heartbeat", "product_ids": ["BTC-USD"]}]}
        )
        newest, beats = 0, 0
        while beats < 3:
            (frame,) = await frames(socket, 1)
            if frame["type"] == "heartbeat":
                beats += 1
                assert frame["last_trade_id"] == newest
            elif frame["type"] != "subscriptions":
                newest = frame["trade_id"]


async def test_unsubscribing_ends_a_channel(serve: Serve) -> None:
    served = await serve()
    async with served.client.ws_connect(f"{served.coinbase}/ws") as socket:
        await socket.send_json({**SUBSCRIBE, "channels": ["matches", "heartbeat"]})
        await frames(socket, 3)
        await socket.send_json({**SUBSCRIBE, "type": "unsubscribe"})
        while (await frames(socket, 1))[0]["type"] != "subscriptions":
            pass
        assert served.simulator.status().subscribers["coinbase"] == 0
        assert (await frames(socket, 1))[0]["type"] == "heartbeat"


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ("{oops", {"message": "Malformed JSON"}),
        (
            '{"type":"subscribe","product_ids":["XXX-USD"],"channels":["matches"]}',
            {"message": "Failed to subscribe", "reason": "XXX-USD is not a valid product"},
        ),
        (
            '{"type":"subscribe","product_ids":["BTC-USD"],"channels":["level9"]}',
            {"message": "Failed to subscribe", "reason": "level9 is not a valid channel"},
        ),
        (
            '{"type":"subscribe","product_ids":["BTC-USD"]}',
            {"message": "Failed to subscribe", "reason": "No channels provided"},
        ),
        (
            '{"type":"subscribe","channels":["heartbeat"]}',
            {
                "message": "Failed to subscribe",
                "reason": "You need to specify at least one product ID for channel heartbeat",
            },
        ),
    ],
)
async def test_errors_and_nothing_subscribed(serve: Serve, asked: str, error: dict[str, str]) -> None:
    served = await serve(is_running=False)
    async with served.client.ws_connect(f"{served.coinbase}/ws") as socket:
        await socket.send_str(asked)
        assert await frames(socket, 1) == [{"type": "error", **error}]
        assert served.simulator.status().subscribers["coinbase"] == 0
