"""Processes that are killed, while Kinesis comes and goes: so that there is something in memory, and in the spool, to lose."""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Final

from coattail_chaos.faults import Fault
from coattail_chaos.plan import Dose
from coattail_chaos.supervisor import Service
from coattail_chaos.system import System
from coattail_chaos.waiting import until

_LONGEST_PAUSE: Final = 3.0
_ALIVE_SECONDS: Final = 60.0
_AWAY_SECONDS: Final = (3.0, 14.0)
_THERE_SECONDS: Final = (3.0, 10.0)
_LOSSES: Final = 0.4
"""Of the writers that are killed."""


async def kills(system: System, dose: Dose, random: Random) -> None:
    """Kill connector, writer, or both, at random moments; once each at least, when there are three kills."""
    coming_and_going = asyncio.create_task(_come_and_go(system, random))
    try:
        for number in range(dose.times):
            await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE))
            with_disk = number == 1 or random.random() < _LOSSES
            for victim in _victims(system, number, random):
                await _kill(system, victim, with_disk=with_disk)
        for service in system.services:
            await service.up()
    finally:
        coming_and_going.cancel()
        await asyncio.gather(coming_and_going, return_exceptions=True)
        await system.kinesis_relay.listen()


def _victims(system: System, number: int, random: Random) -> Sequence[Service]:
    """The first kill is a connector's, the second the writer's, the third both; the others as chance will have it."""
    connector = random.choice(list(system.connectors.values()))
    kind = number if number < 3 else random.randrange(3)
    return ([connector], [system.writer], [connector, system.writer])[kind]


async def _kill(system: System, victim: Service, *, with_disk: bool) -> None:
    await until(lambda: victim.pid is not None, f"{victim.name} runs again", _ALIVE_SECONDS)
    victim.kill()
    is_writer = victim is system.writer
    if is_writer:
        system.setup.lose_disk |= with_disk
    system.tally.count(Fault.WRITER_KILLED if is_writer else Fault.CONNECTOR_KILLED)


async def _come_and_go(system: System, random: Random) -> None:
    while True:
        system.kinesis_relay.vanish()
        system.tally.count(Fault.KINESIS_GONE)
        await asyncio.sleep(random.uniform(*_AWAY_SECONDS))
        await system.kinesis_relay.listen()
        await asyncio.sleep(random.uniform(*_THERE_SECONDS))
