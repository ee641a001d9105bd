"""A market that the exchange does not have: the others go on; where there is none, one line. Against the simulator."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from coattail_harness.exchange import simulated
from coattail_testing.records import a_process

PATIENCE = 240.0
SCENARIO = Path(__file__).with_name("three-exchanges.yaml")


@pytest.fixture
async def addresses(tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    async with simulated(tmp_path / "simulator.log", "--scenario", str(SCENARIO)) as client:
        yield msgspec.json.decode(client.ready.line())


EXCHANGES = [
    ("binance", "BTC-USDT", "NOPE-USDT"),
    ("coinbase", "BTC-USD", "NOPE-USD"),
    ("kraken", "BTC-USD", "NOPE-USD"),
]


def settings(addresses: dict[str, str], exchange: str, symbols: str) -> dict[str, str]:
    prefix = f"INGEST_{exchange.upper()}_"
    given = {
        "SYMBOLS": symbols,
        "WS_URL": addresses[f"{exchange}_ws"],
        "REST_URL": addresses[f"{exchange}_rest"],
        "LINK_URL": "ws://127.0.0.1:9",
        "HEALTH_PORT": "0",
    }
    return {f"{prefix}{name}": value for name, value in given.items()}


@pytest.mark.parametrize(("exchange", "_known", "unknown"), EXCHANGES)
async def test_where_there_is_no_other_one_line_names_the_market_and_the_setting(
    addresses: dict[str, str], exchange: str, _known: str, unknown: str
) -> None:
    environment = settings(addresses, exchange, unknown)
    async with a_process(f"ingest_{exchange}", environment=environment) as process, asyncio.timeout(PATIENCE):
        _, errors = await process.communicate()
    (line,) = errors.decode().splitlines()
    assert process.returncode == 2
    assert unknown in line
    assert f"INGEST_{exchange.upper()}_SYMBOLS" in line


@pytest.mark.parametrize(("exchange", "known", "unknown"), EXCHANGES)
async def test_where_there_are_others_it_is_reported_and_they_go_on(
    addresses: dict[str, str], exchange: str, known: str, unknown: str
) -> None:
    environment = settings(addresses, exchange, f"{known},{unknown}")
    async with a_process(f"ingest_{exchange}", environment=environment) as process, asyncio.timeout(PATIENCE):
        assert process.stdout is not None
        async for line in process.stdout:
            if b"the exchange does not serve this market" in line:
                break
        told = msgspec.json.decode(line)
        assert (told["level"], told["symbol"]) == ("ERROR", unknown)
        assert process.returncode is None
