"""Asking a REST API that answers what the test says."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from coattail_connector import (
    Answer,
    BackfillRefusedError,
    BackfillUnavailableError,
    RateLimit,
    RestClient,
    items,
)
from coattail_testing.connector import FakeRest


@pytest.fixture
async def rest() -> AsyncIterator[FakeRest]:
    async with FakeRest() as one:
        yield one


class Waits:
    """A clock that moves by what is slept."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def seconds(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
async def client(rest: FakeRest, waits: Waits) -> AsyncIterator[RestClient]:
    limit = RateLimit(per_second=10, burst=100)
    one = RestClient(rest.url + "/", limit, seconds=waits.seconds, sleep=waits.sleep)
    yield one
    await one.close()


async def test_the_environments_proxy_is_gone_through(rest: FakeRest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", rest.url)
    monkeypatch.setenv("no_proxy", "")
    rest.answers = [(200, {}, "[]")]
    client = RestClient("http://exchange.invalid", RateLimit(per_second=10, burst=100))
    try:
        assert items(await client.get("/trades", {})) == []
    finally:
        await client.close()
    assert len(rest.asked) == 1


async def test_it_asks_and_gives_headers_and_elements(client: RestClient, rest: FakeRest) -> None:
    rest.answers = [(200, {"X-Used": "3"}, '[{"a": 1}, 2]')]
    answer = await client.get("/trades", {"fromId": "7"})
    assert answer.headers["x-used"] == "3"
    assert [bytes(item) for item in items(answer)] == [b'{"a": 1}', b"2"]
    assert rest.asked == ["/trades?fromId=7"]


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("5400", 5400),
        ("9" * 19, int("9" * 19)),
        ("9" * 20, None),
        ("9" * 5_000, None),
        ("-1", None),
        ("٣", None),
        ("", None),
    ],
)
def test_a_header_says_a_number_or_none(said: str, number: int | None) -> None:
    assert Answer({"X-Used": said}, b"[]").number("X-Used") == number
    assert Answer({}, b"[]").number("X-Used") is None


async def test_weight_that_is_spent_is_waited_for(client: RestClient, rest: FakeRest, waits: Waits) -> None:
    rest.answers = [(200, {}, "[]")] * 5
    for _ in range(5):
        await client.get("/", {}, weight=40)
    assert waits.slept == [2, 4, 4]


@pytest.mark.parametrize("status", [429, 418])
async def test_retry_after_is_waited_for(client: RestClient, rest: FakeRest, waits: Waits, status: int) -> None:
    rest.answers = [(status, {"Retry-After": "7"}, "slow"), (200, {}, "[]")]
    with pytest.raises(BackfillUnavailableError, match=f"answered {status}: slow"):
        await client.get("/", {})
    await client.get("/", {})
    assert waits.slept == [7]


@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        ("Mon, 23 Nov 2026 18:01:30 GMT", [90]),
        ("Mon, 23 Nov 2026 17:00:00 GMT", []),
        ("Mon, 23 Nov 2099 18:00:00 GMT", [3 * 24 * 3600]),
        ("9" * 400, [3 * 24 * 3600]),
        ("Mon, 23 Nov 2026 18:01:30 -0000", [10]),
        ("1.5", [10]),
        ("soon", [10]),
        ("", [10]),
    ],
)
async def test_it_waits_whatever_retry_after_says(
    client: RestClient, rest: FakeRest, waits: Waits, after: str, seconds: list[float]
) -> None:
    rest.answers = [(429, {"Retry-After": after, "Date": "Mon, 23 Nov 2026 18:00:00 GMT"}, ""), (200, {}, "[]")]
    with pytest.raises(BackfillUnavailableError):
        await client.get("/", {})
    await client.get("/", {})
    assert waits.slept == seconds


async def test_without_retry_after_it_waits_all_the_same(client: RestClient, rest: FakeRest, waits: Waits) -> None:
    rest.answers = [(429, {}, ""), (200, {}, "[]")]
    with pytest.raises(BackfillUnavailableError):
        await client.get("/", {})
    await client.get("/", {})
    assert waits.slept == [10]


@pytest.mark.parametrize("status", [500, 503, 400, 401, 403, 404, 407, 408, 451])
async def test_trouble_that_may_pass(client: RestClient, rest: FakeRest, status: int) -> None:
    rest.answers = [(status, {}, "")]
    with pytest.raises(BackfillUnavailableError):
        await client.get("/", {})


@pytest.mark.parametrize("status", [400, 401, 404, 451])
async def test_a_refusal_for_good_is_in_the_exchanges_words(client: RestClient, rest: FakeRest, status: int) -> None:
    rest.answers = [(status, {}, "never")]
    with pytest.raises(BackfillRefusedError, match=f"answered {status}: never"):
        await client.get("/", {}, never=lambda body: body == b"never")


async def test_nobody_there_may_be_there_later() -> None:
    async with TestServer(web.Application(), host="127.0.0.1") as server:
        url = str(server.make_url("/"))
    client = RestClient(url, RateLimit(1, 1))
    with pytest.raises(BackfillUnavailableError):
        await client.get("/", {})
    await client.close()


@pytest.mark.parametrize("body", ["<html>", '{"a": 1}', "\xff", "[" * 200_000])
async def test_a_body_that_is_no_list_may_be_one_later(client: RestClient, rest: FakeRest, body: str) -> None:
    rest.answers = [(200, {}, body)]
    with pytest.raises(BackfillUnavailableError, match="no list of trades"):
        items(await client.get("/", {}))
