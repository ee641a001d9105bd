"""Collecting the evidence."""

import asyncio

import msgspec

from coattail_demo.evidence import AlertKey, Evidence, SentMarket, StoredMarket
from coattail_demo.latency import AlertTimes
from coattail_demo.simulator import SimulatorClient
from coattail_demo.tables import Tables
from coattail_demo.tap import AlertTap


class Witnesses(msgspec.Struct, frozen=True):
    """Whom to ask. `simulator` is None on the real exchanges."""

    simulator: SimulatorClient | None
    tables: Tables
    tap: AlertTap
    times: AlertTimes
    knows_truth: bool


async def gather(witnesses: Witnesses) -> Evidence:
    """Ask all of them. The tables first: what is in them was sent and raised before."""
    tables = witnesses.tables
    stored = await asyncio.to_thread(tables.stored)
    landed = await asyncio.to_thread(tables.alerts)
    rejected = await asyncio.to_thread(tables.rejects)
    sent, injected = await _truth(witnesses, stored)
    return Evidence(
        sent=sent,
        stored=stored,
        rejected=rejected,
        raised=await witnesses.times.of(witnesses.tap.alerts),
        landed=landed,
        injected=injected,
        unread=tuple(witnesses.tap.unread),
    )


async def _truth(
    witnesses: Witnesses, stored: tuple[StoredMarket, ...]
) -> tuple[tuple[SentMarket, ...], tuple[AlertKey, ...] | None]:
    if witnesses.simulator is None:
        return tuple(_as_numbered(market) for market in stored), None
    truth = await witnesses.simulator.truth()
    sent = tuple(
        SentMarket(one.exchange, one.symbol, one.first_trade_id, one.last_trade_id, one.sent) for one in truth.markets
    )
    injected = tuple(
        AlertKey(one.alert_type, one.exchange, one.symbol, one.first_trade_id, one.last_trade_id)
        for one in truth.events
    )
    return sent, injected if witnesses.knows_truth else None


def _as_numbered(market: StoredMarket) -> SentMarket:
    """What a real exchange must have sent: it numbers its trades without a gap, so a hole in what is stored is a loss."""
    first, last = market.ids[0].first, market.ids[-1].last
    return SentMarket(market.exchange, market.symbol, first, last, last - first + 1)
