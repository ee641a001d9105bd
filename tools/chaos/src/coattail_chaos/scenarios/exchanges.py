"""Faults between the exchanges and their connectors. The exchanges share the dose, and suffer it at the same time."""

import asyncio
from random import Random
from typing import Final

from coattail_chaos.connectors import Connector
from coattail_chaos.faults import Fault, Tally
from coattail_chaos.plan import Dose
from coattail_chaos.relay import Relay, Way
from coattail_chaos.scenarios.sharing import shared
from coattail_chaos.system import System
from coattail_harness.waiting import until

_LIVE_SECONDS: Final = 90.0
_FRAME_SECONDS: Final = 10.0
_NOTICED_SECONDS: Final = 120.0
_LONGEST_PAUSE: Final = 0.4
_REST_FAILS: Final = 0.5
_PACE_SECONDS: Final = 2.5
"""Until then a connector that has just been started does not know the pace of its markets, and bears three times the silence."""


async def cuts(system: System, dose: Dose, random: Random) -> None:
    """Cut connections, every second one inside a frame."""

    async def cut(connector: Connector, times: int) -> None:
        done = 0
        while done < times:
            await _live(connector.feed)
            await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE))
            done += await (_cut_inside_frame if done % 2 else _reset)(connector)

    await shared(system.connectors, dose.times, cut)


async def stalls(system: System, dose: Dose, random: Random) -> None:  # noqa: ARG001
    """Let connections fall silent, until their connector has given them up for others."""

    async def stall(connector: Connector, times: int) -> None:
        relay = connector.feed
        for _ in range(times):
            await _live(relay)
            await asyncio.sleep(_PACE_SECONDS)
            silent = relay.stall()
            connector.tally.count(Fault.EXCHANGE_STALLED, len(silent))
            try:
                await until(lambda: bool(relay.live(Way.TO_CLIENT)), "a stall is noticed", _NOTICED_SECONDS)
            finally:
                for connection in silent:
                    connection.flowing.set()

    await shared(system.connectors, dose.times, stall)


async def rest(system: System, dose: Dose, random: Random) -> None:
    """Cut connections while REST, by which the gaps are filled, fails half of the time: half as often as is cut, at least."""
    seen = (Fault.REST_REFUSED, Fault.REST_LIMITED, Fault.REST_TRUNCATED)

    def failed(tally: Tally) -> int:
        return sum(tally[fault] for fault in seen)

    async def cut(connector: Connector, times: int) -> None:
        done, enough = 0, failed(connector.tally) + times // 2
        while done < times or failed(connector.tally) < enough or not all(system.tally[fault] for fault in seen):
            await _live(connector.feed)
            await asyncio.sleep(random.uniform(_LONGEST_PAUSE, 2 * _LONGEST_PAUSE))
            done += await _reset(connector)

    for connector in system.connectors:
        connector.rest.failing = _REST_FAILS
    await shared(system.connectors, dose.times, cut)
    for connector in system.connectors:
        connector.rest.failing = 0.0


async def _live(relay: Relay) -> None:
    await until(lambda: bool(relay.live(Way.TO_CLIENT)), "a connector listens to its exchange", _LIVE_SECONDS)


async def _reset(connector: Connector) -> int:
    cut = connector.feed.cut()
    connector.tally.count(Fault.EXCHANGE_CUT, cut)
    return cut


async def _cut_inside_frame(connector: Connector) -> int:
    relay = connector.feed
    before = relay.cuts_mid_frame
    relay.cut_inside_next_frame(Way.TO_CLIENT)
    await until(lambda: relay.cuts_mid_frame > before or not relay.live(Way.TO_CLIENT), "a frame comes", _FRAME_SECONDS)
    cut = relay.cuts_mid_frame - before
    connector.tally.count(Fault.EXCHANGE_CUT_MID_FRAME, cut)
    return cut
