"""Each misbehaviour, as a client on a real socket sees it, and as the account counts it."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from exchange_simulator.binance.socket import BinanceLimits
from exchange_simulator.coinbase.socket import CoinbaseLimits
from exchange_simulator.misbehaviour import Corruption, MisbehaviourKind, PlannedMisbehaviour
from exchange_simulator.model import Venue

type Serve = Callable[..., Awaitable[Any]]

MARKET = {"exchange": "binance", "symbol": "BTC-USDT"}
PATH = "/stream?streams=btcusdt@trade"


async def ids(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[int]:
    return [json.loads(await socket.receive_str(timeout=60))["data"]["t"] for _ in range(count)]


async def subscribe(socket: aiohttp.ClientWebSocketResponse, *channels: str) -> None:
    await socket.send_json({"type": "subscribe", "product_ids": ["BTC-USD"], "channels": channels})


def gaps(numbers: list[int]) -> list[int]:
    return [later - earlier for earlier, later in itertools.pairwise(numbers)]


async def test_drop(serve: Serve) -> None:
    served = await serve(is_running=False)
    async with served.client.ws_connect(served.binance + PATH) as socket:
        await served.misbehave(kind="drop", count=3, **MARKET)
        served.simulator.engine.start()
        received = await ids(socket, 20)
    first = served.simulator.status().markets[0].first_trade_id
    assert received == list(range(first + 3, first + 23))
    assert served.simulator.status().misbehaved.kinds == {"drop": 3}
    async with served.client.get(
        f"{served.binance}/api/v3/historicalTrades?symbol=BTCUSDT&fromId={first}&limit=3"
    ) as reply:
        assert [trade["id"] for trade in await reply.json()] == [first, first + 1, first + 2]


async def test_duplicate(serve: Serve) -> None:
    served = await serve(is_running=False)
    async with served.client.ws_connect(served.binance + PATH) as socket:
        await served.misbehave(kind="duplicate", count=2, **MARKET)
        served.simulator.engine.start()
        assert gaps(await ids(socket, 8)) == [0, 1, 0, 1, 1, 1, 1]
    assert served.simulator.status().misbehaved.kinds == {"duplicate": 2}


async def test_reorder(serve: Serve) -> None:
    served = await serve(is_running=False)
    async with served.client.ws_connect(served.binance + PATH) as socket:
        await served.misbehave(kind="reorder", count=2, **MARKET)
        served.simulator.engine.start()
        received = await ids(socket, 8)
    first = served.simulator.status().markets[0].first_trade_id
    assert [number - first for number in received] == [1, 0, 3, 2, 4, 5, 6, 7]
    assert served.simulator.status().misbehaved.kinds == {"reorder": 2}


async def test_a_frame_held_back_for_reordering_is_sent_when_emission_ends(serve: Serve, two_markets: Any) -> None:
    served = await serve(two_markets(rate=20.0), is_running=False)
    async with served.client.ws_connect(served.binance + PATH) as socket:
        await served.misbehave(kind="reorder", count=1000, **MARKET)
        served.simulator.engine.start()
        received = await ids(socket, 4)
        served.simulator.engine.stop()
        sent = served.simulator.status().markets[0]
        received += await ids(socket, sent.sent - 4)
    assert sorted(received) == list(range(sent.first_trade_id, sent.last_trade_id + 1))


async def test_corrupt_frames_come_beside_the_good_ones(serve: Serve) -> None:
    served = await serve(is_running=False)
    kinds = len(Corruption)
    async with served.client.ws_connect(served.binance + PATH, max_msg_size=0) as socket:
        await served.misbehave(kind="corrupt", count=kinds, **MARKET)
        served.simulator.engine.start()
        received = [await socket.receive_str(timeout=60) for _ in range(2 * kinds)]
    good = [json.loads(frame)["data"]["t"] for frame in received[1::2]]
    first = served.simulator.status().markets[0].first_trade_id
    assert good == list(range(first, first + kinds))
    misbehaved = served.simulator.status().misbehaved
    assert misbehaved.kinds == {"corrupt": kinds}
    assert misbehaved.corruptions == {kind.value: 1 for kind in Corruption}


async def test_one_kind_of_corruption_instead_of_the_good_frame(serve: Serve) -> None:
    served = await serve(is_running=False)
    async with served.client.ws_connect(f"{served.coinbase}/ws") as socket:
        await subscribe(socket, "matches")
        order = {"exchange": "coinbase", "corruption": "wrong_side", "replace": True}
        await served.misbehave(kind="corrupt", count=2, **order)
        served.simulator.engine.start()
        received = [json.loads(await socket.receive_str(timeout=60)) for _ in range(6)][2:]
    assert [frame["side"] == "hold" for frame in received] == [True, True, False, False]
    assert gaps([frame["trade_id"] for frame in received]) == [1, 1, 1]
    assert served.simulator.status().misbehaved.corruptions == {"wrong_side": 2}


async def test_nothing_is_spent_while_nobody_listens(serve: Serve) -> None:
    served = await serve()
    await served.misbehave(kind="drop", count=1, **MARKET)
    while served.simulator.status().sent < 50:
        await served.client.get(f"{served.url}/control/health")
    assert served.simulator.status().misbehaved.kinds == {}


async def test_a_disconnect_cuts_without_a_close_frame_and_may_be_repeated(serve: Serve) -> None:
    served = await serve()
    async with served.client.ws_connect(served.binance + PATH) as socket:
        await ids(socket, 1)
        await served.misbehave(kind="disconnect", exchange="binance", count=2)
        async with asyncio.timeout(60):
            while (await socket.receive()).type is WSMsgType.TEXT:
                pass
        assert socket.close_code != 1000
    async with served.client.ws_connect(served.binance + PATH) as socket:
        assert (await socket.receive()).type is WSMsgType.TEXT
        async with asyncio.timeout(60):
            while (await socket.receive()).type is WSMsgType.TEXT:
                pass
    async with served.client.ws_connect(served.binance + PATH) as socket:
        assert gaps(await ids(socket, 100)) == [1] * 99
    assert served.simulator.status().misbehaved.kinds == {"disconnect": 2}


async def test_a_disconnect_may_refuse_to_be_connected_again(serve: Serve) -> None:
    served = await serve()
    await served.misbehave(kind="disconnect", exchange="coinbase", seconds=60)
    with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
        await served.client.ws_connect(f"{served.coinbase}/ws")
    await (await served.client.ws_connect(served.binance + PATH)).close()


async def test_a_stall_is_silent_but_pings_and_a_new_connection_is_not_affected(serve: Serve) -> None:
    served = await serve(limits={Venue.BINANCE: BinanceLimits(ping_interval=0.1)})
    async with (
        served.client.ws_connect(served.binance + PATH, autoping=False) as socket,
        served.client.ws_connect(served.binance + PATH) as other,
    ):
        await socket.receive()
        await served.misbehave(kind="stall", exchange="binance", count=None)
        while (message := await socket.receive(timeout=60)).type is not WSMsgType.PING:
            pass
        await socket.pong(message.data)
        assert (await socket.receive(timeout=60)).type is WSMsgType.PING
        assert other.closed is False
        async with served.client.ws_connect(served.binance + PATH) as fresh:
            await ids(fresh, 5)
    assert served.simulator.status().misbehaved.kinds == {"stall": 2}


async def test_a_stall_of_one_market_ends_in_time_and_leaves_a_gap(serve: Serve, clock: Any) -> None:
    """Just what falls into the 0.3 s by the simulator's clock is missing: the test moves that clock."""
    served = await serve(clock=clock)

    async def last_id_after(seconds: float) -> int:
        await clock.advance(seconds)
        return int(served.simulator.status().markets[0].last_trade_id)

    async with served.client.ws_connect(served.binance + PATH) as socket:
        before = await last_id_after(0.2)
        await served.misbehave(kind="stall", seconds=0.3, **MARKET)
        silent = await last_id_after(0.299_999)
        last = await last_id_after(0.5)
        first = served.simulator.status().markets[0].first_trade_id
        expected = [*range(first, before + 1), *range(silent + 1, last + 1)]
        received = await ids(socket, len(expected))
    assert received == expected
    assert before < silent - 20
    assert silent < last - 20


async def test_a_stall_silences_heartbeats_too(serve: Serve) -> None:
    served = await serve(limits={Venue.COINBASE: CoinbaseLimits(heartbeat_interval=0.05)})
    async with served.client.ws_connect(f"{served.coinbase}/ws") as socket:
        await subscribe(socket, "heartbeat")
        await served.misbehave(kind="stall", exchange="coinbase", symbol="BTC-USD")
        await socket.send_str("{everything before the answer to this is from before the stall")
        while (await socket.receive_json(timeout=60))["type"] != "error":
            pass
        async with served.client.ws_connect(f"{served.coinbase}/ws") as fresh:
            await subscribe(fresh, "heartbeat")
            for _ in range(6):
                await fresh.receive(timeout=60)
        await socket.send_str("{and nothing comes before the answer to this")
        assert (await socket.receive_json(timeout=60))["type"] == "error"


async def test_rest_refuses_so_many_requests(serve: Serve) -> None:
    served = await serve()
    await served.misbehave(kind="refuse_rest", exchange="binance", count=3)
    await served.misbehave(kind="rate_limit", exchange="binance", count=1)
    await served.misbehave(kind="rate_limit", exchange="coinbase", seconds=30)
    binance = f"{served.binance}/api/v3/time"
    statuses = []
    for _ in range(5):
        async with served.client.get(binance) as reply:
            statuses.append((reply.status, reply.headers.get("Retry-After")))
    assert statuses == [(503, None), (500, None), (503, None), (429, "1"), (200, None)]
    async with served.client.get(f"{served.coinbase}/products") as reply:
        assert (reply.status, reply.headers["Retry-After"]) == (429, "30")
    assert served.simulator.status().misbehaved.kinds == {"refuse_rest": 3, "rate_limit": 2}


async def test_a_server_shutdown_is_announced_and_then_happens(serve: Serve) -> None:
    served = await serve(is_running=False)
    async with served.client.ws_connect(f"{served.binance}/ws") as socket:
        await served.misbehave(kind="server_shutdown", exchange="binance", seconds=0.1)
        assert json.loads(await socket.receive_str(timeout=60))["e"] == "serverShutdown"
        message = await socket.receive(timeout=60)
        assert (message.type, message.data) == (WSMsgType.CLOSE, 1001)


async def test_a_scenario_misbehaves_by_itself(serve: Serve, two_markets: Any) -> None:
    order = PlannedMisbehaviour(at=0.2, kind=MisbehaviourKind.DROP, exchange=Venue.BINANCE, count=5)
    served = await serve(two_markets(misbehave=(order,)), is_running=False)
    async with served.client.ws_connect(served.binance + PATH) as socket:
        served.simulator.engine.start()
        received = await ids(socket, 100)
    assert sorted(gaps(received))[-2:] == [1, 6]


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        ({"kind": "explode", "exchange": "binance"}, "Invalid enum value 'explode' - at `$.kind`"),
        (
            {"kind": "drop", "exchange": "binance", "amount": 1},
            "unknown key `amount`; valid keys are: corruption, count",
        ),
        (
            {"kind": "drop", "exchange": "binance", "symbol": "X-Y"},
            "X-Y is not served at binance; its markets are: BTC-",
        ),
        ({"kind": "drop", "exchange": "binance", "count": 0}, "count is 0, expected 1 or more"),
        ({"kind": "drop", "exchange": "binance", "replace": True}, "corruption and replace belong to kind corrupt"),
        ({"kind": "server_shutdown", "exchange": "coinbase"}, "coinbase announces no shutdown; use kind disconnect"),
    ],
)
async def test_an_order_that_cannot_be_is_refused_with_its_reason(
    serve: Serve, order: dict[str, object], problem: str
) -> None:
    served = await serve(is_running=False)
    async with served.client.post(f"{served.url}/control/misbehave", json=order) as reply:
        assert reply.status == 400
        assert (await reply.json())["error"].startswith(problem)
