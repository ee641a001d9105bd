"""Faults between the connectors and the writer."""

import asyncio
from random import Random
from typing import Final

from coattail_chaos.faults import Fault
from coattail_chaos.plan import Dose
from coattail_chaos.relay import Relay, Way
from coattail_chaos.system import System
from coattail_chaos.waiting import until

_LIVE_SECONDS: Final = 90.0
_LONGEST_PAUSE: Final = 0.5
_OF_THE_WRITER: Final = 0.25


async def link(system: System, dose: Dose, random: Random) -> None:
    """Cut the link inside frames of connectors, and now and then inside one of the writer's."""
    done = 0
    while done < dose.times:
        way = Way.TO_CLIENT if random.random() < _OF_THE_WRITER else Way.TO_SERVER
        await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE))
        cut = await _cut_inside_frame(system.link, way)
        system.tally.count(Fault.LINK_CUT_MID_FRAME, cut)
        done += cut


async def _cut_inside_frame(relay: Relay, way: Way) -> int:
    """How many connections that were: none when they ended by themselves before a frame came."""
    await until(lambda: bool(relay.live(way)), "a connector talks to the writer", _LIVE_SECONDS)
    before = relay.cuts_mid_frame
    relay.cut_inside_next_frame(way)
    await until(
        lambda: relay.cuts_mid_frame > before or not relay.live(way), "a frame comes over the link", _LIVE_SECONDS
    )
    return relay.cuts_mid_frame - before
