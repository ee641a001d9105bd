"""Collecting the evidence: the exchange says what it sent, the tables what they hold, the tap what came over the bus."""

import asyncio
from typing import Protocol

import msgspec

from coattail_demo.evidence import AlertKey, Evidence, RaisedAlert, SentMarket, StoredMarket, TableState
from coattail_demo.latency import AlertTimes
from coattail_demo.simulator import SimulatorClient
from coattail_demo.tables import Tables
from coattail_demo.tap import AlertTap


class Progress(msgspec.Struct, frozen=True):
    """How far things are; something is still under way while it changes."""

    tables: TableState
    alerts: int


class Witness(Protocol):
    """Who can say what became of the trades."""

    async def progress(self) -> Progress:
        """How far things are: cheap, to be asked again and again."""
        ...

    async def evidence(self) -> Evidence:
        """All there is to say."""
        ...


class Witnesses:
    """The simulator (None on the real exchanges), the tables and the tap. `knows_truth`: whether events were injected."""

    def __init__(self, simulator: SimulatorClient | None, tables: Tables, tap: AlertTap, *, knows_truth: bool) -> None:
        self._simulator = simulator
        self._tables = tables
        self._tap = tap
        self._times = AlertTimes(simulator)
        self._knows_truth = knows_truth

    async def rows(self) -> TableState:
        """How many rows the tables have."""
        return await asyncio.to_thread(self._tables.rows)

    async def alerts(self) -> tuple[RaisedAlert, ...]:
        """What came over the bus so far."""
        return await self._times.of(self._tap.alerts)

    async def progress(self) -> Progress:
        """See `Witness.progress`."""
        return Progress(await self.rows(), len(self._tap.alerts))

    async def evidence(self) -> Evidence:
        """See `Witness.evidence`. The tables are asked first: what is in them was sent and raised before."""
        stored = await asyncio.to_thread(self._tables.stored)
        landed = await asyncio.to_thread(self._tables.alerts)
        rejected = await asyncio.to_thread(self._tables.rejects)
        sent, injected = await self._truth(stored)
        return Evidence(
            sent=sent,
            stored=stored,
            rejected=rejected,
            raised=await self.alerts(),
            landed=landed,
            injected=injected if self._knows_truth else None,
            unread=tuple(self._tap.unread),
        )

    async def _truth(self, stored: tuple[StoredMarket, ...]) -> tuple[tuple[SentMarket, ...], tuple[AlertKey, ...]]:
        if self._simulator is None:
            return tuple(as_numbered(market) for market in stored), ()
        truth = await self._simulator.truth()
        sent = tuple(
            SentMarket(one.exchange, one.symbol, one.first_trade_id, one.last_trade_id, one.sent)
            for one in truth.markets
        )
        injected = tuple(
            AlertKey(one.alert_type, one.exchange, one.symbol, one.first_trade_id, one.last_trade_id)
            for one in truth.events
        )
        return sent, injected


def as_numbered(market: StoredMarket) -> SentMarket:
    """What a real exchange must have sent: it numbers its trades without a gap, so a hole in what is stored is a loss."""
    first, last = market.ids[0].first, market.ids[-1].last
    return SentMarket(market.exchange, market.symbol, first, last, last - first + 1)
