"""An independent reader of both venues' frames finds exactly the whales and sweeps that the truth names."""

import itertools
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

type Serve = Callable[..., Awaitable[Any]]

LIMIT = Decimal(100_000)


class Fill(NamedTuple):
    """A trade as a detector sees it."""

    exchange: str
    trade_id: int
    ms: int
    side: str
    usd: Decimal


def read_binance(frame: str) -> Fill:
    data = json.loads(frame)["data"]
    usd = Decimal(data["p"]) * Decimal(data["q"])
    return Fill("binance", data["t"], data["T"], "sell" if data["m"] else "buy", usd)


def read_coinbase(frame: str) -> Fill | None:
    data = json.loads(frame)
    if data["type"] != "match":
        return None
    ms = int(datetime.fromisoformat(data["time"]).timestamp() * 1000)
    taker = "sell" if data["side"] == "buy" else "buy"
    return Fill("coinbase", data["trade_id"], ms, taker, Decimal(data["price"]) * Decimal(data["size"]))


def found(fills: list[Fill]) -> set[tuple[str, str, int, int, str]]:
    """Runs of one millisecond and side with consecutive ids, above the limit together: (type, exchange, ids, side)."""
    events = set()
    for (_, side), group in itertools.groupby(fills, key=lambda fill: (fill.ms, fill.side)):
        run = list(group)
        if sum(fill.usd for fill in run) > LIMIT:
            kind = "whale_trade" if len(run) == 1 else "whale_sweep"
            events.add((kind, run[0].exchange, run[0].trade_id, run[-1].trade_id, side))
    return events


async def test_injected_is_found_and_nothing_else(serve: Serve, two_markets: Any) -> None:
    served = await serve(two_markets(rate=2000.0, event_period=0.25), is_running=False, speed=10.0, seconds=12.0)
    fills: dict[str, list[Fill]] = {"binance": [], "coinbase": []}
    async with (
        served.client.ws_connect(f"{served.binance}/stream?streams=btcusdt@trade") as binance,
        served.client.ws_connect(f"{served.coinbase}/ws") as coinbase,
    ):
        await coinbase.send_json({"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["matches"]})
        assert (await coinbase.receive_json(timeout=60))["type"] == "subscriptions"
        served.simulator.engine.start()
        while not served.simulator.status().finished:
            await served.client.get(f"{served.url}/control/health")
        by_exchange = {market.exchange.value: market for market in served.simulator.status().markets}
        while len(fills["binance"]) < by_exchange["binance"].sent:
            fills["binance"].append(read_binance(await binance.receive_str(timeout=60)))
        while len(fills["coinbase"]) < by_exchange["coinbase"].sent:
            fill = read_coinbase(await coinbase.receive_str(timeout=60))
            fills["coinbase"].extend([fill] if fill is not None else [])
    truth = served.simulator.truth().events
    assert len(truth) >= 40
    assert found(fills["binance"]) | found(fills["coinbase"]) == {
        (event.alert_type.value, event.exchange.value, event.first_trade_id, event.last_trade_id, event.side.value)
        for event in truth
    }
