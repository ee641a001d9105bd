"""Waiting, after the faults of a stage, until the stream holds everything that was made."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from coattail_chaos.landing import MarketLanding
from coattail_chaos.system import System
from coattail_chaos.verdict import Sent, judge
from coattail_common.ids import Market
from coattail_harness.waiting import EVERY_SECONDS

_QUIET_SECONDS: Final = 0.5


async def settle(system: System, patience: float) -> Sequence[Sent]:
    """Stop the exchange once trades flow again in every market, and wait until all came that were made; these.

    Trades must flow first: a connection that is opened after a market's last trade learns of it only when it asks. Waits no
    longer than `patience` seconds for the next trade, and leaves the rest to the judgement.
    """
    marks = await system.exchange.sent()
    await _while_more_come(system, patience, lambda: _beyond(marks, system.landing.markets))
    await system.exchange.stop()
    sent = await system.exchange.sent()
    await _while_more_come(
        system, patience, lambda: not any(one.missing for one in judge(sent, system.landing.markets))
    )
    await asyncio.sleep(_QUIET_SECONDS)  # what is sent twice may still be on its way
    return sent


def _beyond(marks: Sequence[Sent], landed: Mapping[Market, MarketLanding]) -> bool:
    return all(
        (landing := landed.get(mark.market)) is not None and landing.landed and landing.landed[-1].last > mark.last
        for mark in marks
    )


async def _while_more_come(system: System, patience: float, done: Callable[[], bool]) -> None:
    """Return when `done`, or when nothing has landed for `patience` seconds."""
    rows, since = 0, time.monotonic()
    while not done() and time.monotonic() - since < patience:
        landed = sum(landing.rows for landing in system.landing.markets.values())
        if landed != rows:
            rows, since = landed, time.monotonic()
        await asyncio.sleep(EVERY_SECONDS)
