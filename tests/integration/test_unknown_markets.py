"""A market that the exchange does not have ends its connector with one line, against the simulator."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from coattail_common.testing import a_process

PATIENCE = 240.0
SCENARIO = Path(__file__).with_name("three-exchanges.yaml")


@pytest.fixture
async def addresses() -> AsyncIterator[dict[str, str]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "exchange_simulator", "--port", "0", "--scenario", str(SCENARIO)), stdout=PIPE
    )
    assert process.stdout is not None
    ready = msgspec.json.decode(await process.stdout.readline())
    yield ready
    process.terminate()
    await process.communicate()


@pytest.mark.parametrize(
    ("exchange", "symbols", "unknown"),
    [
        ("binance", "BTC-USDT,NOPE-USDT", "NOPE-USDT"),
        ("coinbase", "BTC-USD,NOPE-USD", "NOPE-USD"),
        ("kraken", "BTC-USD,NOPE-USD", "NOPE/USD"),
    ],
)
async def test_one_line_names_the_market_and_the_setting(
    addresses: dict[str, str], exchange: str, symbols: str, unknown: str
) -> None:
    prefix = f"INGEST_{exchange.upper()}_"
    settings = {
        "SYMBOLS": symbols,
        "WS_URL": addresses[f"{exchange}_ws"],
        "REST_URL": addresses[f"{exchange}_rest"],
        "LINK_URL": "ws://127.0.0.1:9",
        "HEALTH_PORT": "0",
    }
    environment = {f"{prefix}{name}": value for name, value in settings.items()}
    async with a_process(f"ingest_{exchange}", environment=environment) as process, asyncio.timeout(PATIENCE):
        _, errors = await process.communicate()
    (line,) = errors.decode().splitlines()
    assert process.returncode == 2
    assert unknown in line
    assert f"{prefix}SYMBOLS" in line
