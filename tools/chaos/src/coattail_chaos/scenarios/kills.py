"""Processes that are killed, while Kinesis comes and goes: so that there is something in memory, and in the spools, to lose."""

import asyncio
from collections.abc import Sequence
from enum import Enum
from random import Random
from typing import Final

from coattail_chaos.connectors import Connector
from coattail_chaos.faults import Fault
from coattail_chaos.plan import Dose
from coattail_chaos.system import System
from coattail_chaos.writers import Writer
from coattail_harness.waiting import until

_LONGEST_PAUSE: Final = 3.0
_ALIVE_SECONDS: Final = 60.0
_AWAY_SECONDS: Final = (8.0, 24.0)
"""At a thousand trades a second the memory of one of two writers is full after nine seconds. A kill does not change that: connectors
send again what was not accepted.
"""
_THERE_SECONDS: Final = (2.0, 6.0)
_LOSSES: Final = 0.4
"""Of the writers that are killed."""
_STARTING: Final = 0.25
"""Of the kills: they do not wait until the process works. Were there more, no writer would live to find what another left."""


class Kind(Enum):
    """Who is killed."""

    CONNECTOR = "a connector"
    WRITER = "a writer, alone"
    BOTH = "a connector and a writer"
    WRITERS = "all writers"


async def kills(system: System, dose: Dose, random: Random) -> None:
    """Kill connectors and writers at random moments: first each writer alone, and its disk with it, and a connector."""
    coming_and_going = [asyncio.create_task(_come_and_go(writer, random)) for writer in system.writers]
    try:
        for number in range(max(dose.times, len(system.writers) + 1)):
            await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE))
            for victim in victims(system.connectors, system.writers, number, random):
                with_disk = number < len(system.writers) or random.random() < _LOSSES
                await _kill(victim, with_disk=with_disk, starting=random.random() < _STARTING)
        for service in system.services:
            await service.up()
    finally:
        for task in coming_and_going:
            task.cancel()
        await asyncio.gather(*coming_and_going, return_exceptions=True)
        for writer in system.writers:
            await writer.find_kinesis()


def victims[C, W](connectors: Sequence[C], writers: Sequence[W], number: int, random: Random) -> Sequence[C | W]:
    """Return which to kill: at first each writer in turn, then a connector, then one of both, later chosen at random."""
    connector, writer = random.choice(connectors), random.choice(writers)
    if number < len(writers):
        return [writers[number]]
    following = number - len(writers)
    kind = (Kind.CONNECTOR, Kind.BOTH)[following] if following < 2 else random.choice(list(Kind))
    match kind:
        case Kind.CONNECTOR:
            return [connector]
        case Kind.WRITER:
            return [writer]
        case Kind.BOTH:
            return [connector, writer]
        case Kind.WRITERS:
            return writers


async def _kill(victim: Connector | Writer, *, with_disk: bool, starting: bool) -> None:
    service = victim.service
    if starting:
        await until(lambda: service.pid is not None, f"{service.name} runs again", _ALIVE_SECONDS)
    else:
        await service.up()
    service.kill()
    if isinstance(victim, Writer):
        victim.disk.lose |= with_disk
        victim.tally.count(Fault.WRITER_KILLED)
    else:
        victim.tally.count(Fault.CONNECTOR_KILLED)


async def _come_and_go(writer: Writer, random: Random) -> None:
    """Of one writer: its Kinesis is away at other times than that of the others."""
    while True:
        writer.lose_kinesis()
        await asyncio.sleep(random.uniform(*_AWAY_SECONDS))
        await writer.find_kinesis()
        await asyncio.sleep(random.uniform(*_THERE_SECONDS))
