"""Collecting the evidence: the exchange says what it sent, the tables what they hold, the tap what came over the bus."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

import msgspec

from coattail_demo.evidence import (
    NOTHING_KEPT,
    AlertKey,
    Episode,
    Evidence,
    Kept,
    LandedAlert,
    RaisedAlert,
    SentMarket,
    SparkState,
    StoredMarket,
    TableState,
)
from coattail_demo.features import Features
from coattail_demo.latency import AlertTimes
from coattail_demo.proof import judge
from coattail_demo.stream import trades_in_stream
from coattail_demo.tables import Tables
from coattail_demo.tap import AlertTap
from coattail_harness.exchange import SimulatorClient
from exchange_simulator.truth import Truth


class Progress(msgspec.Struct, frozen=True):
    """How far things are; something is still under way while it changes. `spark` says which attempt runs, and whether it reads yet."""

    tables: TableState
    alerts: int
    spark: SparkState = SparkState()


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

    `knows_truth`: whether events were injected. `features` are those of the detectors. `kept` is what the tables held before.
    `spark` tells how the application stands; without it it is taken for ready.
    """

    def __init__(
        self,
        simulator: SimulatorClient | None,
        tables: Tables,
        tap: AlertTap,
        *,
        knows_truth: bool,
        features: Features,
        kept: Kept = NOTHING_KEPT,
        spark: Callable[[], Awaitable[SparkState]] | None = None,
    ) -> None:
        self._simulator = simulator
        self._tables = tables
        self._tap = tap
        # A replay's trades are older than the moment they are sent.
        is_now = simulator is None or knows_truth
        self._times = AlertTimes(simulator, features.lateness if is_now else None)
        self._features = features
        self._knows_truth = knows_truth
        self._kept = kept
        self.spark = spark

    async def rows(self) -> TableState:
        """How many rows the tables have, without the kept ones."""
        now, before = await asyncio.to_thread(self._tables.rows), self._kept.rows
        return TableState(trades=now.trades - before.trades, alerts=now.alerts - before.alerts)

    async def alerts(self) -> tuple[RaisedAlert, ...]:
        """What came over the bus so far of this demo's trades."""
        return tuple(one for one in await self._times.of(self._tap.alerts) if not self._is_earlier(one))

    async def progress(self) -> Progress:
        """See `Witness.progress`."""
        spark = await self.spark() if self.spark is not None else SparkState()
        return Progress(await self.rows(), len(self._tap.alerts), spark)

    async def evidence(self) -> Evidence:
        """See `Witness.evidence`. The tables are asked first: what is in them was sent and raised before."""
        stored = await asyncio.to_thread(self._tables.stored)
        landed = await asyncio.to_thread(self._tables.alerts)
        rejected = await asyncio.to_thread(self._tables.rejects)
        truth = await self._simulator.truth() if self._simulator is not None else None
        injected = truth if self._knows_truth else None
        return Evidence(
            sent=_sent(truth) if truth is not None else as_numbered(stored, self._kept),
            stored=stored,
            rejected=rejected - self._kept.rejected,
            raised=await self.alerts(),
            landed=tuple(one for one in landed if not self._is_earlier(one)),
            injected=_injected(injected) if injected is not None else None,
            episodes=_episodes(injected) if injected is not None else None,
            features=self._features,
            unread=tuple(self._tap.unread),
            kept=self._kept,
        )

    def _is_earlier(self, alert: RaisedAlert | LandedAlert) -> bool:
        return alert.alert_id in self._kept.alert_ids or (self._knows_truth and self._kept.has(alert.key))

    async def last_evidence(self) -> Evidence:
        """The evidence when nothing runs any more; where trades are missing, with what Kinesis still has of them."""
        evidence = await self.evidence()
        if not judge(evidence).missing:
            return evidence
        in_stream = await asyncio.to_thread(trades_in_stream, self._tables.endpoint)
        return msgspec.structs.replace(evidence, in_stream=in_stream)


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


def as_numbered(stored: Iterable[StoredMarket], kept: Kept = NOTHING_KEPT) -> tuple[SentMarket, ...]:
    """What the real exchanges must have sent: they number their trades without a gap, so a hole in what is stored is a loss.

    Of the kept trades none was sent now, nor was what is between them and the first of this time.
    """
    result: list[SentMarket] = []
    for market in stored:
        before = kept.earlier.get((market.exchange, market.symbol), ())
        new = [one for one in market.ids if not before or one.last > before[-1].last]
        if new:
            first = max(new[0].first, before[-1].last + 1) if before else new[0].first
            last = new[-1].last
            result.append(SentMarket(market.exchange, market.symbol, first, last, last - first + 1))
    return tuple(result)
