"""Faults between the connectors and the writers."""

import asyncio
from random import Random
from typing import Final

from coattail_chaos.faults import Fault
from coattail_chaos.plan import Dose
from coattail_chaos.relay import Relay, Way
from coattail_chaos.scenarios.sharing import shared
from coattail_chaos.system import System
from coattail_chaos.writers import Writer
from coattail_harness.waiting import until

_LIVE_SECONDS: Final = 90.0
_LONGEST_PAUSE: Final = 0.5
_OF_THE_WRITER: Final = 0.25


async def link(system: System, dose: Dose, random: Random) -> None:
    """Cut the link of each writer inside frames of connectors, and now and then inside one of the writer's."""

    async def cut(writer: Writer, times: int) -> None:
        began = counted = writer.link.cuts_mid_frame
        while counted - began < times:
            way = Way.TO_CLIENT if random.random() < _OF_THE_WRITER else Way.TO_SERVER
            await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE))
            await _cut_inside_frame(writer.link, way)
            writer.tally.count(Fault.LINK_CUT_MID_FRAME, writer.link.cuts_mid_frame - counted)
            counted = writer.link.cuts_mid_frame

    await shared(system.writers, dose.times, cut)


async def _cut_inside_frame(relay: Relay, way: Way) -> None:
    """Return when a frame was cut, or when all connections ended by themselves before one came."""
    await until(lambda: bool(relay.live(way)), "a connector talks to the writer", _LIVE_SECONDS)
    before = relay.cuts_mid_frame
    relay.cut_inside_next_frame(way)
    await until(
        lambda: relay.cuts_mid_frame > before or not relay.live(way), "a frame comes over the link", _LIVE_SECONDS
    )
