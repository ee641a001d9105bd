"""Whether the exchange has the markets, asked of a fake REST API."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tenacity.wait import wait_none

from coattail_connector import BackfillUnavailableError, GapOptions, RateLimit, Reporter, RestClient
from coattail_testing.connector import ReadableLog
from coattail_testing.scene import streaming
from ingest_binance.connector import BinanceConnector
from ingest_binance.listing import Listing, listing

GAPS = GapOptions(exchange="binance")
TRADE = (
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":5,'
    '"p":"0.5","q":"2","T":1723161255342,"m":true,"M":true}}'
)


class FakeRest:
    """`exchangeInfo` of an exchange with these markets; `failures` are answered first, as (status, body)."""

    def __init__(self) -> None:
        self.markets = {"BTCUSDT": "TRADING", "ETHUSDT": "TRADING", "LUNAUSDT": "BREAK"}
        self.failures: list[tuple[int, str]] = []
        self.asked: list[list[str]] = []

    async def answer(self, request: web.Request) -> web.Response:
        names = json.loads(request.query["symbols"])
        self.asked.append(names)
        if self.failures:
            status, body = self.failures.pop(0)
            return web.Response(status=status, text=body)
        if not set(names) <= set(self.markets):
            return web.json_response({"code": -1121, "msg": "Invalid symbol."}, status=400)
        symbols = [{"symbol": name, "status": self.markets[name], "baseAsset": "?"} for name in names]
        return web.json_response({"timezone": "UTC", "symbols": symbols})


@pytest.fixture
def rest() -> FakeRest:
    return FakeRest()


@pytest.fixture
async def client(rest: FakeRest) -> AsyncIterator[RestClient]:
    app = web.Application()
    app.router.add_get("/api/v3/exchangeInfo", rest.answer)
    async with TestServer(app, host="127.0.0.1") as server:
        client = RestClient(str(server.make_url("/")), RateLimit(10_000, 10_000))
        yield client
        await client.close()


@pytest.mark.parametrize(
    ("names", "absent", "halted"),
    [
        (["BTCUSDT"], (), ()),
        (["BTCUSDT", "NOPEUSDT", "ETHUSDT", "LUNAUSDT", "ALSONOT"], ("ALSONOT", "NOPEUSDT"), ("LUNAUSDT",)),
        (["NOPEUSDT"], ("NOPEUSDT",), ()),
    ],
)
async def test_it_names_what_the_exchange_lacks(
    client: RestClient, names: Sequence[str], absent: tuple[str, ...], halted: tuple[str, ...]
) -> None:
    assert await listing(client, names) == Listing(absent=absent, halted=halted)


async def test_one_request_while_all_is_well_and_few_for_one_wrong_name(client: RestClient, rest: FakeRest) -> None:
    names = [f"COIN{number}USDT" for number in range(250)]
    rest.markets = dict.fromkeys(names, "TRADING")
    await listing(client, names)
    assert sorted(map(len, rest.asked)) == [50, 100, 100]
    rest.asked.clear()
    assert (await listing(client, [*names[:99], "NOPEUSDT"])).absent == ("NOPEUSDT",)
    assert len(rest.asked) <= 16  # 1 + 2 log2(100), instead of 100


async def test_a_question_weighs_what_the_exchange_says(client: RestClient) -> None:
    limit = RateLimit(0.001, 20)
    polite = RestClient(client.url, limit)
    await listing(polite, ["BTCUSDT"])
    await polite.close()

    assert limit.delay(1, time.monotonic()) > 5


async def test_its_questions_count_against_what_may_be_asked(client: RestClient, rest: FakeRest) -> None:
    rest.failures = [(429, '{"code":-1003,"msg":"Too much"}')]
    limit = RateLimit(10_000, 10_000)
    polite = RestClient(client.url, limit)
    with pytest.raises(BackfillUnavailableError):
        await listing(polite, ["BTCUSDT"])
    await polite.close()

    assert limit.delay(1, time.monotonic()) > 5


@pytest.mark.parametrize(
    "failure",
    [
        (429, '{"code":-1003,"msg":"Too much"}'),
        (500, "?"),
        (400, '{"code":-1000,"msg":"?"}'),
        (200, "<html>"),
        (200, "[" * 200_000),
    ],
)
async def test_an_answer_that_does_not_say_is_no_answer(
    client: RestClient, rest: FakeRest, failure: tuple[int, str]
) -> None:
    rest.failures = [failure]
    with pytest.raises(BackfillUnavailableError):
        await listing(client, ["BTCUSDT"])


async def test_a_connector_tells_of_a_halted_market_and_goes_on_without_one_that_does_not_exist(
    client: RestClient, rest: FakeRest, reporter: Reporter, log: ReadableLog
) -> None:
    rest.failures = [(500, "?")] * 3
    symbols = ["BTC-USDT", "LUNA-USDT", "NOPE-USDT"]
    async with streaming(
        lambda url: BinanceConnector(symbols, url, reporter, rest=client, wait=wait_none(), gaps=GAPS)
    ) as the:
        socket = await the.exchange.arrival()
        async with asyncio.timeout(60):
            while not reporter.tally.unavailable:  # noqa: ASYNC110  (there is no event)
                await asyncio.sleep(0.001)
        await socket.send(TRADE)
        assert await the.ids(1) == [5]
        assert the.connector.followed.symbols == ("BTC-USDT", "LUNA-USDT")
    (line,) = log.lines("the exchange does not serve this market")
    assert "binance has no market NOPE-USDT" in line
    assert len(log.lines("could not ask")) == 3
    (warning,) = log.lines("do not trade now")
    assert "LUNA-USDT" in warning


async def test_a_connector_goes_on_while_rest_does_not_answer(reporter: Reporter) -> None:
    nobody = RestClient("http://127.0.0.1:9", RateLimit(1, 20))
    async with streaming(lambda url: BinanceConnector(["BTC-USDT"], url, reporter, rest=nobody)) as the:
        socket = await the.exchange.arrival()
        await socket.send(TRADE)
        assert await the.ids(1) == [5]
