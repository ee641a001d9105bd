"""The proxy before an exchange's REST API."""

from collections.abc import AsyncIterator
from random import Random

import aiohttp
import pytest
from aiohttp import web

from coattail_chaos.faults import Fault, Tally
from coattail_chaos.rest_proxy import RestProxy, serving
from coattail_common.venues import TooOften


@pytest.fixture
async def exchange() -> AsyncIterator[str]:
    """An exchange that says what it is asked."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response([request.path, dict(request.query)], headers={"CB-AFTER": "7", "X-Other": "no"})

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_it_asks_the_exchange_and_hands_on_what_connectors_read(exchange: str) -> None:
    async with aiohttp.ClientSession() as session:
        proxy = RestProxy(exchange, Tally(), Random(1), session)
        async with serving(proxy) as port, session.get(f"http://127.0.0.1:{port}/api/v3/x?fromId=5&limit=2") as answer:
            assert await answer.json() == ["/api/v3/x", {"fromId": "5", "limit": "2"}]
            assert answer.headers["CB-AFTER"] == "7"
            assert "X-Other" not in answer.headers


async def test_it_fails_in_every_way_and_counts_them(exchange: str) -> None:
    tally, seen = Tally(), []
    async with aiohttp.ClientSession() as session:
        proxy = RestProxy(exchange, tally, Random(1), session)
        proxy.failing = 1
        async with serving(proxy) as port:
            for _ in range(30):
                try:
                    async with session.get(f"http://127.0.0.1:{port}/a") as answer:
                        await answer.read()
                        seen.append((answer.status, answer.headers.get("Retry-After")))
                except aiohttp.ClientPayloadError:
                    seen.append((200, "half"))

    assert tally.copy() == {
        Fault.REST_REFUSED: seen.count((503, None)),
        Fault.REST_LIMITED: seen.count((429, "1")),
        Fault.REST_TRUNCATED: seen.count((200, "half")),
    }
    assert sum(tally.copy().values()) == 30


async def test_one_request_too_many_is_refused_in_the_words_of_the_exchange(exchange: str) -> None:
    tally, told = Tally(), set()
    async with aiohttp.ClientSession() as session:
        proxy = RestProxy(exchange, tally, Random(1), session, limited=TooOften(200, None, '{"error":["too many"]}'))
        proxy.failing = 1
        async with serving(proxy) as port:
            while not tally[Fault.REST_LIMITED]:
                async with session.get(f"http://127.0.0.1:{port}/a") as answer:
                    told.add((answer.status, answer.headers.get("Retry-After"), await answer.text()))

    assert told == {(503, None, "chaos"), (200, None, '{"error":["too many"]}')}


async def test_an_exchange_that_is_away_is_a_bad_gateway() -> None:
    async with aiohttp.ClientSession() as session:
        proxy = RestProxy("http://127.0.0.1:9", Tally(), Random(1), session)
        async with serving(proxy) as port, session.get(f"http://127.0.0.1:{port}/a") as answer:
            assert answer.status == 502
