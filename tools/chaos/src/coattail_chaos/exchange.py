"""The exchange simulator, as a process of its own, its markets, and its control interface from our side."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from coattail_chaos.verdict import Sent
from coattail_common import venues
from coattail_common.ids import Market
from coattail_common.venues import TooOften
from coattail_harness import exchange
from coattail_harness.exchange import Addresses, SimulatorClient
from exchange_simulator import model
from exchange_simulator.scenario import MarketPlan, Scenario

_ENOUGH: Final = "1000000"
"""Seconds between its pings, which are no matter here."""
_PRICES: Final = {"BTC": 61_800.0, "ETH": 2_680.0}

EXCHANGES: Final = tuple(venue.name for venue in venues.installed())
MARKETS: Final = tuple(
    MarketPlan(
        exchange=model.Venue(venue.name), symbol=symbol, price=_PRICES[symbol.partition("-")[0]], share=venue.share
    )
    for venue in venues.installed()
    for symbol in venue.symbols
    if symbol.partition("-")[0] in _PRICES
)
"""Two for each exchange, of the same size, so that writers between which they divide have as much to do. Those of Coinbase and
Kraken have the same symbols, and so the same partition keys.
"""


class Venue(msgspec.Struct, frozen=True):
    """Where an exchange is found, and how it says that it was asked too often."""

    exchange: str
    addresses: Addresses
    limited: TooOften


class Exchange:
    """A simulator that runs, and what it says it made."""

    def __init__(self, client: SimulatorClient) -> None:
        self._client = client

    def venue(self, name: str) -> Venue:
        """One of the exchanges that it simulates."""
        return Venue(name, self._client.addresses(name), venues.find(name).too_often)

    async def start(self) -> None:
        """Let trades flow, from where they stopped."""
        await self._client.start()

    async def stop(self) -> None:
        """Let none flow."""
        await self._client.stop()

    async def sent(self) -> Sequence[Sent]:
        """The trades of each market so far."""
        return [
            Sent(Market(market.exchange.value, market.symbol), market.first_trade_id, market.last_trade_id)
            for market in (await self._client.status()).markets
        ]

    async def subscribed(self) -> bool:
        """Whether somebody listens to every market."""
        status = await self._client.status()
        return len(status.subscribed_markets) == len(status.markets)


def scenario(seed: int, rate: float, exchanges: Sequence[str]) -> Scenario:
    """The markets of these exchanges, with so many trades a second together."""
    markets = tuple(plan for plan in MARKETS if plan.exchange.value in exchanges)
    return Scenario(seed=seed, rate=rate, markets=markets)


@contextlib.asynccontextmanager
async def simulated(scenario: Scenario, folder: Path) -> AsyncIterator[Exchange]:
    """A simulator of the scenario's markets, while the context is open. No trades flow yet."""
    file, log = folder / "scenario.yaml", folder / "logs" / "simulator.log"
    file.write_bytes(msgspec.json.encode(scenario))  # JSON is YAML
    flags = ("--scenario", str(file), "--binance-ping-interval", _ENOUGH, "--history", "2000000")
    async with exchange.simulated(log, *flags) as client:
        yield Exchange(client)
