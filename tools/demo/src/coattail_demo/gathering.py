"""Collecting the evidence: the exchange says what it sent, the tables what they hold, the tap what came over the bus."""

import asyncio
from typing import Protocol

import msgspec

from coattail_demo.evidence import AlertKey, Episode, Evidence, RaisedAlert, SentMarket, StoredMarket, TableState
from coattail_demo.features import Features
from coattail_demo.latency import AlertTimes
from coattail_demo.simulator import SimulatorClient
from coattail_demo.tables import Tables
from coattail_demo.tap import AlertTap
from exchange_simulator.truth import Truth


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
    """The simulator (None on the real exchanges), the tables and the tap.

    `knows_truth`: whether events were injected. `features` are those of the detectors.
    """

    def __init__(
        self,
        simulator: SimulatorClient | None,
        tables: Tables,
        tap: AlertTap,
        *,
        knows_truth: bool,
        features: Features,
    ) -> None:
        self._simulator = simulator
        self._tables = tables
        self._tap = tap
        # A replay's trades are older than the moment they are sent.
        is_now = simulator is None or knows_truth
        self._times = AlertTimes(simulator, features.lateness if is_now else None)
        self._features = features
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
        truth = await self._simulator.truth() if self._simulator is not None else None
        injected = truth if self._knows_truth else None
        return Evidence(
            sent=_sent(truth) if truth is not None else tuple(as_numbered(market) for market in stored),
            stored=stored,
            rejected=rejected,
            raised=await self.alerts(),
            landed=landed,
            injected=_injected(injected) if injected is not None else None,
            episodes=_episodes(injected) if injected is not None else None,
            features=self._features,
            unread=tuple(self._tap.unread),
        )


def _sent(truth: Truth) -> tuple[SentMarket, ...]:
    return tuple(
        SentMarket(
            one.exchange,
            one.symbol,
            one.first_trade_id,
            one.last_trade_id,
            one.sent,
            one.first_trade_time,
            one.last_trade_time,
        )
        for one in truth.markets
    )


def _injected(truth: Truth) -> tuple[AlertKey, ...]:
    return tuple(
        AlertKey(one.alert_type, one.exchange, one.symbol, one.first_trade_id, one.last_trade_id)
        for one in truth.events
    )


def _episodes(truth: Truth) -> tuple[Episode, ...]:
    return tuple(
        Episode(
            alert_type=one.alert_type,
            exchange=one.exchange or "",
            symbol=one.symbol,
            began_at=one.began_at,
            full_from=one.full_from,
            full_until=one.full_until,
            ended_at=one.ended_at,
            magnitude=one.magnitude,
        )
        for one in truth.episodes
    )


def as_numbered(market: StoredMarket) -> SentMarket:
    """What a real exchange must have sent: it numbers its trades without a gap, so a hole in what is stored is a loss."""
    first, last = market.ids[0].first, market.ids[-1].last
    return SentMarket(market.exchange, market.symbol, first, last, last - first + 1)
