"""The connectors as processes, between the exchange simulator and a writer that accepts: nothing is missing after faults."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from tenacity.wait import wait_none

from coattail_connector import GapOptions, RateLimit, Reporter, RestClient, SocketConnector, run
from coattail_connector.cursors import FileCursors
from coattail_harness.exchange import simulated
from coattail_runtime import telemetry
from coattail_runtime.link import LinkClient, LinkServer
from coattail_testing.connector import ReadableLog
from coattail_testing.link import FakeIntake
from ingest_binance import backfill as binance_backfill
from ingest_binance.connector import BinanceConnector
from ingest_coinbase import backfill as coinbase_backfill
from ingest_coinbase.connector import CoinbaseConnector
from ingest_coinbase.feeds import Feed
from ingest_kraken.backfill import KrakenBackfill
from ingest_kraken.connector import KrakenConnector

PATIENCE = 240.0
SCENARIO = Path(__file__).with_name("three-exchanges.yaml")
QUIET = (
    *("--binance-ping-interval", "1000", "--coinbase-rest-rate", "100", "--coinbase-rest-burst", "100"),
    *("--kraken-rest-rate", "100"),
)
MARKETS = {"binance": ("BTC-USDT", "ETH-USDT"), "coinbase": ("BTC-USD", "ETH-USD"), "kraken": ("BTC-USD", "ETH-USD")}


PARTS: Mapping[str, tuple[Any, Any, Any]] = {
    "binance": (BinanceConnector, binance_backfill.BinanceBackfill, binance_backfill.rate_limit),
    "coinbase": (CoinbaseConnector, coinbase_backfill.CoinbaseBackfill, coinbase_backfill.rate_limit),
    "coinbase_advanced": (
        *(partial(CoinbaseConnector, feed=Feed.ADVANCED), coinbase_backfill.CoinbaseBackfill),
        coinbase_backfill.rate_limit,
    ),
    # At Kraken's own pace, trades would not wait for the ones that are missing.
    "kraken": (KrakenConnector, partial(KrakenBackfill, pause=1), lambda: RateLimit(50, 1)),
}


class Exchange:
    """A simulator that runs."""

    def __init__(self, ready: Mapping[str, Any], http: aiohttp.ClientSession) -> None:
        self.ready = ready
        self._http = http

    async def control(self, method: str, path: str, **body: object) -> dict[str, Any]:
        async with self._http.request(method, f"{self.ready['control']}/{path}", json=body or None) as answer:
            assert answer.status == 200, await answer.text()
            status: dict[str, Any] = await answer.json()
            return status

    async def misbehave(self, kind: str, **order: object) -> None:
        await self.control("POST", "misbehave", kind=kind, **order)

    async def sent(self, exchange: str) -> dict[str, tuple[int, int]]:
        """By market, the first and the last trade that was made."""
        status = await self.control("GET", "status")
        return {
            market["symbol"]: (market["first_trade_id"], market["last_trade_id"])
            for market in status["markets"]
            if market["exchange"] == exchange
        }


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[Exchange]:
    async with (
        simulated(tmp_path / "simulator.log", "--scenario", str(SCENARIO), *QUIET) as client,
        aiohttp.ClientSession() as http,
    ):
        yield Exchange(msgspec.json.decode(client.ready.line()), http)


def command(name: str, exchange: Exchange, link_port: int, *flags: str) -> tuple[str, ...]:
    """The connector of an exchange."""
    return (
        *(sys.executable, "-m", f"ingest_{name}", "--symbols", ",".join(MARKETS[name])),
        *("--ws-url", exchange.ready[f"{name}_ws"], "--rest-url", exchange.ready[f"{name}_rest"]),
        *("--link-url", f"ws://127.0.0.1:{link_port}", "--health-port", "0", *flags),
    )


def connector(name: str, exchange: Exchange, log: ReadableLog) -> SocketConnector:
    """The connector in this process, which connects again without waiting."""
    make, backfill, rate_limit = PARTS[name]
    venue, _, _ = name.partition("_")
    rest = RestClient(exchange.ready[f"{venue}_rest"], rate_limit())
    return make(
        MARKETS[venue],
        exchange.ready[f"{name}_ws"],
        Reporter("ingest-test", log.logger, telemetry.metrics("ingest-test")),
        gaps=GapOptions(exchange=venue, backfill=backfill(rest)),
        wait=wait_none(),
    )


@asynccontextmanager
async def following(name: str, exchange: Exchange, link_port: int) -> AsyncIterator[ReadableLog]:
    log, stop = ReadableLog(), asyncio.Event()
    link = LinkClient(f"ws://127.0.0.1:{link_port}", "ingest-test", log=log.logger)
    running = asyncio.create_task(run(connector(name, exchange, log), link, stop=stop))
    yield log
    stop.set()
    assert (await running).complete


async def more(intake: FakeIntake, trades: int) -> None:
    """Wait for so many further trades."""
    async with asyncio.timeout(PATIENCE):
        await intake.until(sum(batch.count for batch in intake.batches) + trades)


async def came(exchange: Exchange, intake: FakeIntake, name: str) -> dict[str, list[int]]:
    """The ids that came by market, once the exchange has stopped and all up to its last trades are there.

    Not the last trade alone: it does not wait for missing ones for longer than the connector holds trades back.
    """
    await exchange.control("POST", "stop")
    last = {symbol: last for symbol, (_, last) in (await exchange.sent(name)).items()}
    async with asyncio.timeout(PATIENCE):
        while not all(whole(intake.trade_ids(symbol), last[symbol]) for symbol in last):
            await intake.until(sum(batch.count for batch in intake.batches) + 1)
    return {symbol: intake.trade_ids(symbol) for symbol in last}


def whole(ids: list[int], last: int) -> bool:
    """Whether every id up to the last one is there."""
    return bool(ids) and len(set(ids)) == last - min(ids) + 1


@pytest.mark.parametrize("name", PARTS)
async def test_after_cuts_and_lost_frames_every_trade_came_once_and_in_order(name: str, exchange: Exchange) -> None:
    venue, _, _ = name.partition("_")
    intake = FakeIntake(accepting=True)
    async with LinkServer("127.0.0.1", 0, intake) as link, following(name, exchange, link.port) as log:
        await exchange.control("POST", "start")
        await more(intake, 50)
        for cut in range(20):
            await exchange.misbehave("drop", exchange=venue, count=3)
            await exchange.misbehave("duplicate", exchange=venue, count=2)
            await exchange.misbehave("reorder", exchange=venue, count=1)
            await exchange.misbehave("refuse_rest" if cut % 2 else "rate_limit", exchange=venue, count=1)
            await exchange.misbehave("disconnect", exchange=venue)
            await more(intake, 50)
        ids = await came(exchange, intake, venue)
    sent = await exchange.sent(venue)
    assert ids == {symbol: list(range(ids[symbol][0], last + 1)) for symbol, (_, last) in sent.items()}
    assert len(log.lines("connection ended")) >= 20
    assert log.lines("gap filled")
    assert not log.lines("trades are missing")


async def test_a_silent_stall_is_seen_and_what_it_hid_is_fetched(exchange: Exchange) -> None:
    intake = FakeIntake(accepting=True)
    async with LinkServer("127.0.0.1", 0, intake) as link, following("binance", exchange, link.port) as log:
        await exchange.control("POST", "start")
        await more(intake, 1_000)  # some seconds, in which the markets' pace is learned
        await exchange.misbehave("stall", exchange="binance")
        async with asyncio.timeout(PATIENCE):
            while not log.lines("is silent although it trades"):
                await intake.until(sum(batch.count for batch in intake.batches) + 1)
        ids = await came(exchange, intake, "binance")
    sent = await exchange.sent("binance")
    assert ids == {symbol: list(range(ids[symbol][0], last + 1)) for symbol, (_, last) in sent.items()}


@pytest.mark.parametrize("name", MARKETS)
async def test_after_kill_9_the_next_process_goes_on_from_the_cursor(
    name: str, exchange: Exchange, tmp_path: Path
) -> None:
    intake = FakeIntake(accepting=True)
    async with LinkServer("127.0.0.1", 0, intake) as link:
        flags = ("--cursors", f"file:{tmp_path}", "--cursor-seconds", "0.1")
        await exchange.control("POST", "start")
        for _ in range(3):
            process = await asyncio.create_subprocess_exec(
                *command(name, exchange, link.port, *flags), stdout=DEVNULL, stderr=DEVNULL
            )
            await more(intake, 200)
            process.kill()
            await process.wait()
        process = await asyncio.create_subprocess_exec(
            *command(name, exchange, link.port, *flags), stdout=PIPE, stderr=PIPE
        )
        await more(intake, 500)
        ids = await came(exchange, intake, name)
        process.terminate()
        output, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
    assert b"going on from the cursors" in output
    sent = await exchange.sent(name)
    for symbol, (_, last) in sent.items():
        assert set(ids[symbol]) == set(range(ids[symbol][0], last + 1))
    stored = await FileCursors(tmp_path, name).get(MARKETS[name])
    assert stored == {symbol: last for symbol, (_, last) in sent.items()}
