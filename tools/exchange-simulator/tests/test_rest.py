from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from exchange_simulator.app import Limits
from exchange_simulator.binance.socket import BinanceLimits
from exchange_simulator.coinbase.socket import CoinbaseLimits
from exchange_simulator.model import Venue

type Serve = Callable[..., Awaitable[Any]]

UNLIMITED: Limits = {
    Venue.BINANCE: BinanceLimits(weight_limit=10**9),
    Venue.COINBASE: CoinbaseLimits(rest_rate=10**6, rest_burst=10**6),
}


async def finished(serve: Serve, limits: Limits = UNLIMITED) -> Any:
    """A simulator that has emitted two seconds of trades and stopped."""
    served = await serve(limits=limits, seconds=2.0, speed=50.0)
    while not served.simulator.status().finished:
        await served.client.get(f"{served.url}/control/health")
    return served


async def test_binance_pages_forward_from_an_id(serve: Serve) -> None:
    served = await finished(serve)
    market = served.simulator.status().markets[0]
    pages: list[Any] = []
    next_id = market.first_trade_id
    while next_id <= market.last_trade_id:
        url = f"{served.binance}/api/v3/historicalTrades?symbol=BTCUSDT&fromId={next_id}&limit=100"
        async with served.client.get(url) as reply:
            page = await reply.json()
            assert reply.headers["X-MBX-USED-WEIGHT-1M"]
        pages.append(page)
        next_id = page[-1]["id"] + 1
    trades = [trade for page in pages for trade in page]
    assert [trade["id"] for trade in trades] == list(range(market.first_trade_id, market.last_trade_id + 1))
    assert len(pages) == -(-market.sent // 100)
    assert list(trades[0]) == ["id", "price", "qty", "quoteQty", "time", "isBuyerMaker", "isBestMatch"]
    for trade in trades:
        assert 0 <= Decimal(trade["price"]) * Decimal(trade["qty"]) - Decimal(trade["quoteQty"]) < Decimal("1e-8")


async def test_binance_without_an_id_gives_the_newest_oldest_first(serve: Serve) -> None:
    served = await finished(serve)
    market = served.simulator.status().markets[0]
    async with served.client.get(f"{served.binance}/api/v3/historicalTrades?symbol=BTCUSDT&limit=3") as reply:
        ids = [trade["id"] for trade in await reply.json()]
    assert ids == list(range(market.last_trade_id - 2, market.last_trade_id + 1))


async def test_binance_has_the_trade_from_before_the_start(serve: Serve) -> None:
    served = await serve(is_running=False)
    async with served.client.get(f"{served.binance}/api/v3/historicalTrades?symbol=BTCUSDT&limit=5") as reply:
        assert len(await reply.json()) == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [("", -1102), ("symbol=NOPE", -1121), ("symbol=BTCUSDT&fromId=x", -1100), ("symbol=BTCUSDT&limit=0", -1130)],
)
async def test_binance_refuses_as_documented(serve: Serve, query: str, code: int) -> None:
    served = await serve(is_running=False)
    async with served.client.get(f"{served.binance}/api/v3/historicalTrades?{query}") as reply:
        assert reply.status == 400
        assert (await reply.json())["code"] == code


async def test_binance_exchange_info_and_time(serve: Serve) -> None:
    served = await serve(is_running=False)
    async with served.client.get(f"{served.binance}/api/v3/exchangeInfo") as reply:
        (symbol,) = (await reply.json())["symbols"]
    assert (symbol["symbol"], symbol["baseAsset"], symbol["quoteAsset"]) == ("BTCUSDT", "BTC", "USDT")
    async with served.client.get(f"{served.binance}/api/v3/time") as reply:
        assert abs((await reply.json())["serverTime"] - served.simulator.clock.now_us() // 1000) < 5000


async def test_binance_weight_runs_out_and_then_bans(serve: Serve, clock: Any) -> None:
    served = await serve(is_running=False, clock=clock, limits={Venue.BINANCE: BinanceLimits(weight_limit=60)})
    url = f"{served.binance}/api/v3/historicalTrades?symbol=BTCUSDT"
    statuses, waits = [], []
    for _ in range(14):
        async with served.client.get(url) as reply:
            statuses.append(reply.status)
            waits.append(reply.headers.get("Retry-After"))
    assert statuses == [200, 200, *[429] * 10, 418, 418]
    assert waits[:2] == [None, None]
    assert all(1 <= int(wait) <= 60 for wait in waits[2:12])
    assert waits[12:] == ["120", "120"]
    clock.jump(121)
    async with served.client.get(url) as reply:
        assert reply.status == 200


async def test_coinbase_pages_backwards_with_cursors(serve: Serve) -> None:
    served = await finished(serve)
    market = served.simulator.status().markets[1]
    ids: list[int] = []
    query = "limit=70"
    while True:
        async with served.client.get(f"{served.coinbase}/products/BTC-USD/trades?{query}") as reply:
            page = await reply.json()
            if not page:
                assert "CB-AFTER" not in reply.headers
                break
            assert (reply.headers["CB-BEFORE"], reply.headers["CB-AFTER"]) == (
                str(page[0]["trade_id"]),
                str(page[-1]["trade_id"]),
            )
            query = f"limit=70&after={reply.headers['CB-AFTER']}"
        ids.extend(trade["trade_id"] for trade in page)
    # The oldest is the trade from before the start.
    assert ids == list(range(market.last_trade_id, market.first_trade_id - 2, -1))


async def test_coinbase_before_cuts_the_newest_page_off_below(serve: Serve) -> None:
    served = await finished(serve)
    newest = served.simulator.status().markets[1].last_trade_id
    for before, limit, expected in ((newest - 5, 1000, 5), (newest - 500, 3, 3), (newest, 10, 0)):
        url = f"{served.coinbase}/products/BTC-USD/trades?before={before}&limit={limit}"
        async with served.client.get(url) as reply:
            ids = [trade["trade_id"] for trade in await reply.json()]
        assert ids == list(range(newest, newest - expected, -1))


@pytest.mark.parametrize(
    ("path", "status"),
    [("NOPE-USD/trades", 404), ("BTC-USD/trades?limit=1001", 400), ("BTC-USD/trades?after=x", 400), ("NOPE-USD", 404)],
)
async def test_coinbase_refuses(serve: Serve, path: str, status: int) -> None:
    served = await serve(is_running=False)
    async with served.client.get(f"{served.coinbase}/products/{path}") as reply:
        assert reply.status == status
        assert list(await reply.json()) == ["message"]


async def test_coinbase_products(serve: Serve) -> None:
    served = await serve(is_running=False)
    async with served.client.get(f"{served.coinbase}/products") as reply:
        (product,) = await reply.json()
    assert (product["id"], product["base_currency"], product["quote_currency"]) == ("BTC-USD", "BTC", "USD")
    assert (product["quote_increment"], product["status"]) == ("0.01000000", "online")
    async with served.client.get(f"{served.coinbase}/products/BTC-USD") as reply:
        assert await reply.json() == product


async def test_coinbase_limits_requests(serve: Serve, clock: Any) -> None:
    served = await serve(
        is_running=False, clock=clock, limits={Venue.COINBASE: CoinbaseLimits(rest_rate=2, rest_burst=3)}
    )
    url = f"{served.coinbase}/products"
    statuses = []
    for _ in range(4):
        async with served.client.get(url) as reply:
            statuses.append(reply.status)
    assert statuses == [200, 200, 200, 429]
    clock.jump(0.5)
    async with served.client.get(url) as reply:
        assert reply.status == 200
