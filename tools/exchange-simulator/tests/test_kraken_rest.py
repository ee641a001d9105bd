import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from exchange_simulator.kraken.rest import altname, canonical
from exchange_simulator.kraken.socket import KrakenLimits
from exchange_simulator.model import Market, Venue
from exchange_simulator.scenario import MarketPlan, Scenario

type Serve = Callable[..., Awaitable[Any]]

ONE_MARKET = Scenario(
    seed=7,
    rate=1000.0,
    event_period=0.0,
    markets=(MarketPlan(exchange=Venue.KRAKEN, symbol="BTC-USD", price=61_800.0),),
)
UNLIMITED = {Venue.KRAKEN: KrakenLimits(rest_rate=10**6)}


async def finished(serve: Serve) -> Any:
    """A simulator that has emitted three seconds of trades and stopped."""
    served = await serve(ONE_MARKET, limits=UNLIMITED, seconds=3.0, speed=50.0)
    while not served.simulator.status().finished:
        await served.client.get(f"{served.url}/control/health")
    return served


async def trades(served: Any, query: str = "") -> tuple[list[Any], str]:
    async with served.client.get(f"{served.kraken}/0/public/Trades?pair=XBTUSD{query}") as reply:
        body = json.loads(await reply.text(), parse_float=Decimal)
    assert body["error"] == []
    return body["result"]["XXBTZUSD"], body["result"]["last"]


def ids(rows: list[Any]) -> list[int]:
    return [row[6] for row in rows]


async def test_without_a_time_the_latest_come(serve: Serve) -> None:
    served = await finished(serve)
    newest = served.simulator.status().markets[0].last_trade_id
    rows, last = await trades(served)
    assert ids(rows) == list(range(newest - 999, newest + 1))
    assert int(last) == int(rows[-1][2] * 10**9)
    price, quantity, _, side, kind, misc, _ = rows[0]
    assert (len(price.split(".")[1]), len(quantity.split(".")[1])) == (8, 8)
    assert (side in "bs", kind, misc) == (True, "m", "")


async def test_pages_go_on_from_the_last_time(serve: Serve) -> None:
    served = await finished(serve)
    market = served.simulator.status().markets[0]
    since, found = "0", set[int]()
    while True:
        rows, last = await trades(served, f"&since={since}&count=700")
        found |= set(ids(rows))
        if not rows:
            break
        assert min(row[2] for row in rows) * 10**9 > int(since)
        since = last
    # The trade from before the start is there too; those that share a page's last moment are passed over.
    assert found <= set(range(market.first_trade_id - 1, market.last_trade_id + 1))
    assert len(found) > 0.9 * market.sent


async def test_seconds_are_understood_as_well(serve: Serve) -> None:
    served = await finished(serve)
    rows, _ = await trades(served)
    at = int(rows[0][2])
    (first, *_), _ = await trades(served, f"&since={at}")
    assert first[2] > at


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("pair=NOPEUSD", "EQuery:Unknown asset pair"),
        ("pair=XBTUSD&since=x", "EGeneral:Invalid arguments:since"),
    ],
)
async def test_errors_come_with_status_200(serve: Serve, query: str, error: str) -> None:
    served = await serve(ONE_MARKET, is_running=False, limits=UNLIMITED)
    async with served.client.get(f"{served.kraken}/0/public/Trades?{query}") as reply:
        assert (reply.status, await reply.json()) == (200, {"error": [error]})


async def test_requests_are_limited(serve: Serve, clock: Any) -> None:
    served = await serve(ONE_MARKET, is_running=False, clock=clock)
    url = f"{served.kraken}/0/public/Trades?pair=XBTUSD"
    async with served.client.get(url) as first, served.client.get(url) as second:
        assert (await first.json())["error"] == []
        assert await second.json() == {"error": ["EGeneral:Too many requests"]}
    clock.jump(1)
    async with served.client.get(url) as third:
        assert (await third.json())["error"] == []


async def test_it_refuses_when_told(serve: Serve) -> None:
    served = await serve(ONE_MARKET, is_running=False, limits=UNLIMITED)
    url = f"{served.kraken}/0/public/Trades?pair=XBTUSD"
    await served.misbehave(kind="refuse_rest", exchange="kraken", count=1)
    await served.misbehave(kind="rate_limit", exchange="kraken", count=1)
    async with served.client.get(url) as first, served.client.get(url) as second:
        assert first.status == 503
        assert await second.json() == {"error": ["EGeneral:Too many requests"]}


@pytest.mark.parametrize(
    ("symbol", "asked", "answered"),
    [
        ("BTC-USD", "XBTUSD", "XXBTZUSD"),
        ("ETH-EUR", "ETHEUR", "XETHZEUR"),
        ("DOGE-USD", "XDGUSD", "XDGUSD"),
        ("SOL-USD", "SOLUSD", "SOLUSD"),
        ("ETH-BTC", "ETHXBT", "XETHXXBT"),
    ],
)
def test_rest_has_names_of_its_own(symbol: str, asked: str, answered: str) -> None:
    market = Market(Venue.KRAKEN, symbol)
    assert (altname(market), canonical(market)) == (asked, answered)
