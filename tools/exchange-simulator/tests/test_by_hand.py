"""The exchange in a test's hands, as a client on a real socket sees it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from exchange_simulator.by_hand import ExchangeByHand, Fact, RestRequest
from exchange_simulator.model import Venue

BTC = "BTC-USDT"


OPENING: dict[Venue, tuple[dict[str, Any], int]] = {
    Venue.COINBASE: ({"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["matches"]}, 2),
    Venue.KRAKEN: ({"method": "subscribe", "params": {"channel": "trade", "symbol": ["BTC/USD"]}}, 3),
}
"""What is said first where the address does not say it, and how many frames that brings."""


@asynccontextmanager
async def listening(
    venue: Venue = Venue.BINANCE, symbol: str = BTC, **options: Any
) -> AsyncIterator[tuple[ExchangeByHand, ClientWebSocketResponse, aiohttp.ClientSession]]:
    async with ExchangeByHand(venue, (symbol,)) as exchange, aiohttp.ClientSession() as http:
        path = "" if venue in OPENING else "/stream?streams=btcusdt@trade"
        async with http.ws_connect(exchange.ws_url + path, **options) as socket:
            if venue in OPENING:
                words, frames = OPENING[venue]
                await socket.send_json(words)
                for _ in range(frames):
                    await socket.receive_json()
            yield exchange, socket, http


async def ids(socket: ClientWebSocketResponse, count: int) -> list[int]:
    return [json.loads(await socket.receive_str(timeout=60))["data"]["t"] for _ in range(count)]


async def test_its_trades_are_those_it_is_told_to_make() -> None:
    async with listening() as (exchange, socket, _):
        exchange.trade(BTC, price="0.00001234", quantity="12345678901.12345678", side="sell")
        event = json.loads(await socket.receive_str(timeout=60))["data"]
        (fact,) = exchange.facts(BTC)
    assert fact == Fact(event["t"], event["p"], event["q"], "sell", event["T"] * 1000)
    assert (fact.trade_id, fact.price, fact.quantity) == (1001, "0.00001234", "12345678901.12345678")


async def test_it_prints_amounts_as_its_exchange_does() -> None:
    async with listening(Venue.COINBASE, "BTC-USD") as (exchange, socket, _):
        exchange.trade("BTC-USD", price="100", quantity="0.5", side="buy")
        match = await socket.receive_json(timeout=60)
        (fact,) = exchange.facts("BTC-USD")
    assert (
        (match["price"], match["size"], match["side"]) == (fact.price, fact.quantity, "sell") == ("100", "0.5", "sell")
    )


async def test_it_prints_numbers_where_its_exchange_does() -> None:
    async with listening(Venue.KRAKEN, "BTC-USD") as (exchange, socket, _):
        exchange.trade("BTC-USD", price="12345678901.12345678", quantity="40", side="buy")
        frame = await socket.receive_str(timeout=60)
        (fact,) = exchange.facts("BTC-USD")
    assert '"side":"buy","price":12345678901.12345678,"qty":40.0,' in frame
    assert (fact.price, fact.quantity) == ("12345678901.12345678", "40.0")


async def test_faults_befall_the_next_trades() -> None:
    async with listening() as (exchange, socket, _):
        exchange.drop(BTC, 1)
        exchange.duplicate(BTC, 1)
        exchange.reorder(BTC, 1)
        exchange.trade(BTC, 5)
        assert await ids(socket, 5) == [1002, 1002, 1004, 1003, 1005]
        assert len(exchange.facts(BTC)) == 5


@pytest.mark.parametrize(("venue", "symbol"), [(Venue.BINANCE, BTC), *((venue, "BTC-USD") for venue in OPENING)])
async def test_a_ping_returns_when_it_is_answered_and_not_before(venue: Venue, symbol: str) -> None:
    async with listening(venue, symbol, autoping=False) as (exchange, socket, _):
        ping = asyncio.create_task(exchange.ping())
        message = await socket.receive(timeout=60)
        assert message.type is WSMsgType.PING
        await socket.pong(b"another payload")
        await socket.ping(b"and an answer to this")
        assert (await socket.receive(timeout=60)).type is WSMsgType.PONG
        assert not ping.done()
        await socket.pong(message.data)
        await ping


async def test_it_tells_what_was_asked_of_it_and_refuses_when_told() -> None:
    async with listening() as (exchange, _, http):
        exchange.trade(BTC, 3)
        exchange.refuse_rest(429, retry_after=7)
        url = f"{exchange.rest_url}/api/v3/historicalTrades?symbol=BTCUSDT&fromId=1002&limit=2"
        async with http.get(url) as refusal, http.get(url) as answer:
            assert (refusal.status, refusal.headers["Retry-After"]) == (429, "7")
            assert [trade["id"] for trade in await answer.json()] == [1002, 1003]
        requests = exchange.requests
        assert requests == [RestRequest(requests[0].at, 429, 7), RestRequest(requests[1].at, 200, 0)]
        assert requests[0].at < requests[1].at


async def test_connections_are_counted_cut_and_refused() -> None:
    async with listening() as (exchange, socket, http):
        assert (exchange.listeners(BTC), exchange.connections) == (1, 1)
        exchange.refusing = True
        exchange.disconnect()
        assert (await socket.receive(timeout=60)).type in (WSMsgType.CLOSED, WSMsgType.ERROR)
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await http.ws_connect(exchange.ws_url + "/stream")
        assert (exchange.attempts, exchange.life) == (2, ["opened", "closed"])


async def test_a_stall_is_for_good_and_only_of_what_is_open() -> None:
    async with listening(autoping=False) as (exchange, socket, http):
        exchange.stall()
        exchange.trade(BTC)
        async with http.ws_connect(exchange.ws_url + "/stream?streams=btcusdt@trade") as other:
            exchange.trade(BTC)
            assert await ids(other, 1) == [1002]
        ping = asyncio.create_task(exchange.ping())
        message = await socket.receive(timeout=60)
        assert message.type is WSMsgType.PING  # and nothing came before it
        await socket.pong(message.data)
        ping.cancel()
