"""The client library that the connectors use, against the simulator."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import websockets

from exchange_simulator.binance.socket import BinanceLimits
from exchange_simulator.model import Venue

type Serve = Callable[..., Awaitable[Any]]


async def test_it_answers_pings_by_itself_and_reads_trades(serve: Serve) -> None:
    served = await serve(limits={Venue.BINANCE: BinanceLimits(ping_interval=0.25, pong_timeout=0.3)})
    url = served.binance.replace("http", "ws")
    async with websockets.connect(f"{url}/stream?streams=btcusdt@trade", ping_interval=None) as socket:
        ids = [json.loads(await socket.recv())["data"]["t"] for _ in range(300)]
    assert ids == list(range(ids[0], ids[0] + 300))


async def test_an_oversize_frame_ends_its_connection(serve: Serve) -> None:
    served = await serve(is_running=False)
    url = served.binance.replace("http", "ws")
    async with websockets.connect(f"{url}/ws/btcusdt@trade") as socket:
        await served.misbehave(kind="corrupt", exchange="binance", corruption="oversize_frame")
        served.simulator.engine.start()
        with pytest.raises(websockets.ConnectionClosedError, match="1009"):
            await socket.recv()
