"""Which markets a connector's processes follow: a list in SSM that changes while they run, and one market in several tasks."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from libs.connector.tests.cursors.aws import FakeAws, fake_aws
from tests.integration.test_gaps import MARKETS, PATIENCE, Exchange, came, exchange

from coattail_common.ids import IdRange, Ranges, contains, merge
from coattail_connector.cursors import FileCursors
from coattail_runtime.link import LinkServer
from coattail_testing.link import FakeIntake

__all__ = ["exchange"]

LIST = "/coattail/test/features/symbols"


async def start(name: str, exchange: Exchange, link_port: int, **settings: str) -> Process:
    """A connector's process, with no environment but these settings and AWS's."""
    told = {
        "WS_URL": exchange.ready[f"{name}_ws"],
        "REST_URL": exchange.ready[f"{name}_rest"],
        "LINK_URL": f"ws://127.0.0.1:{link_port}",
        "HEALTH_PORT": "0",
        "CURSOR_SECONDS": "0.1",
        **settings,
    }
    prefix = f"INGEST_{name.upper()}_"
    environment = {key: value for key, value in os.environ.items() if key.startswith("AWS_")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"ingest_{name}"),
        env=environment | {f"{prefix}{key}": value for key, value in told.items()},
        stdout=PIPE if "SSM_PREFIX" in settings else DEVNULL,
        stderr=PIPE if "SSM_PREFIX" in settings else DEVNULL,
    )


async def until(intake: FakeIntake, condition: Callable[[], bool]) -> None:
    """Wait for a condition, looking at each batch that comes."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await intake.until(sum(batch.count for batch in intake.batches) + 1)


def doubled(intake: FakeIntake, symbol: str) -> int:
    """How many trades of a market came more than once."""
    ids = intake.trade_ids(symbol)
    return len(ids) - len(set(ids))


async def brought_by_both(intake: FakeIntake, symbol: str) -> None:
    """Wait for a hundred further trades of a market that came before."""
    enough = doubled(intake, symbol) + 100
    await until(intake, lambda: doubled(intake, symbol) >= enough)


async def brought(intake: FakeIntake, symbol: str) -> None:
    """Wait for a hundred further trades of a market."""
    enough = len(intake.trade_ids(symbol)) + 100
    await until(intake, lambda: len(intake.trade_ids(symbol)) >= enough)


def landed(ids: list[int]) -> tuple[list[int], Ranges]:
    """What a table keeps of trades that come in this order, and the ranges that it knows them by, as the detectors do it."""
    kept: list[int] = []
    ranges: Ranges = ()
    for trade_id in ids:
        if not contains(ranges, trade_id):
            kept.append(trade_id)
            ranges = merge(ranges, [IdRange(trade_id, trade_id)])
    return kept, ranges


@pytest.mark.parametrize("name", MARKETS)
async def test_a_market_that_two_tasks_carry_lands_once_whichever_of_them_is_killed(
    name: str, exchange: Exchange, tmp_path: Path
) -> None:
    shared, other = MARKETS[name]
    intake = FakeIntake(accepting=True)
    groups = (f"{name}:{shared},{other}", shared)
    async with LinkServer("127.0.0.1", 0, intake) as link:
        await exchange.control("POST", "start")
        tasks = [
            await start(name, exchange, link.port, SYMBOLS=symbols, CURSORS=f"file:{tmp_path}") for symbols in groups
        ]
        for killed in (0, 1, 0, 1):
            await brought_by_both(intake, shared)
            tasks[killed].kill()
            await tasks[killed].wait()
            await brought(intake, shared)
            tasks[killed] = await start(name, exchange, link.port, SYMBOLS=groups[killed], CURSORS=f"file:{tmp_path}")
        await brought_by_both(intake, shared)
        ids = await came(exchange, intake, name)
        for task in tasks:
            task.terminate()
        assert [await task.wait() for task in tasks] == [0, 0]
    sent = await exchange.sent(name)
    for symbol, (_, last) in sent.items():
        kept, ranges = landed(ids[symbol])
        assert ranges == (IdRange(min(ids[symbol]), last),)
        assert sorted(kept) == list(range(min(kept), last + 1))
    assert doubled(intake, shared) >= 400
    stored = await FileCursors(tmp_path, name).get(MARKETS[name])
    assert stored == {symbol: last for symbol, (_, last) in sent.items()}


@pytest.fixture
async def aws(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeAws]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    async with fake_aws() as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        yield aws


@asynccontextmanager
async def log_of(process: Process) -> AsyncIterator[asyncio.Queue[str]]:
    """Its log's lines, while it runs; it is ended with the context."""
    assert process.stdout is not None
    stdout, lines = process.stdout, asyncio.Queue[str]()

    async def read() -> None:
        while line := await stdout.readline():
            lines.put_nowait(line.decode())

    reading = asyncio.create_task(read())
    try:
        yield lines
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await reading


async def said(lines: asyncio.Queue[str], text: str) -> str:
    """The next line of a log that contains a text."""
    async with asyncio.timeout(PATIENCE):
        while text not in (line := await lines.get()):
            pass
    return line


@pytest.mark.parametrize("name", MARKETS)
async def test_the_list_in_ssm_is_followed_as_it_changes_and_nothing_is_missed(
    name: str, exchange: Exchange, aws: FakeAws, tmp_path: Path
) -> None:
    stays, comes = MARKETS[name]

    def put(*markets: str) -> None:
        value = json.dumps([f"{name}:{market}" for market in markets] + ["elsewhere:BTC-EUR"])
        aws.ssm.put_parameter(Name=LIST, Value=value, Type="String", Overwrite=True)

    intake = FakeIntake(accepting=True)
    put(stays)
    async with LinkServer("127.0.0.1", 0, intake) as link:
        await exchange.control("POST", "start")
        process = await start(
            name, exchange, link.port, SSM_PREFIX="/coattail/test", SYMBOLS_SECONDS="0.2", CURSORS=f"file:{tmp_path}"
        )
        async with log_of(process) as log:
            await brought(intake, stays)
            assert not intake.trade_ids(comes)
            put(stays, comes)
            await said(log, "the list of markets has changed")
            await brought(intake, comes)
            put(stays)
            await said(log, "these markets are not followed any more")
            put(stays, "NOPE-EUR")
            assert "NOPE-EUR" in await said(log, "the exchange does not serve this market")
            await brought(intake, stays)
            put("NOPE-EUR")
            assert "NOPE-EUR" in await said(log, "the new list of markets is refused")
            aws.ssm.put_parameter(Name=LIST, Value="[]", Type="String", Overwrite=True)
            assert "empty" in await said(log, "the new list of markets is refused")
            aws.ssm.delete_parameter(Name=LIST)
            assert "ParameterNotFound" in await said(log, "could not read the list of markets")
            put(stays, comes)
            await brought(intake, comes)
            ids = await came(exchange, intake, name)
    assert process.returncode == 0
    for symbol, (_, last) in (await exchange.sent(name)).items():
        assert ids[symbol] == list(range(ids[symbol][0], last + 1))


async def test_without_markets_and_without_a_list_one_line_says_where_it_was_looked_for(
    exchange: Exchange, aws: FakeAws
) -> None:
    process = await start("binance", exchange, 9, SSM_PREFIX="/coattail/nowhere")
    async with asyncio.timeout(PATIENCE):
        _, errors = await process.communicate()
    (line,) = errors.decode().splitlines()
    assert process.returncode == 2
    assert "/coattail/nowhere/features/symbols: ParameterNotFound" in line
    assert "INGEST_BINANCE_SYMBOLS" in line
    assert [operation for operation, _ in aws.requests] == ["GetParameter"]
