"""Faults of Kinesis. Every writer meets them."""

import asyncio
from collections.abc import Mapping
from random import Random
from typing import Final

from coattail_chaos.faults import Fault
from coattail_chaos.plan import Dose
from coattail_chaos.scenarios.sharing import shared
from coattail_chaos.system import System
from coattail_chaos.writers import Writer
from coattail_harness.waiting import until

_THROTTLED: Final = 0.3
_FAILING: Final = 0.2
_LOSING_ANSWERS: Final = 0.2
_HELD_SECONDS: Final = 60.0


async def throttled(system: System, dose: Dose, random: Random) -> None:  # noqa: ARG001
    """Refuse 30 % of the records for `seconds`, and until it has happened to every writer."""
    before = _counted(system, Fault.KINESIS_THROTTLED)
    for writer in system.writers:
        writer.kinesis.throttled = _THROTTLED
    await asyncio.sleep(dose.seconds)
    await until(
        lambda: _have_met(system, Fault.KINESIS_THROTTLED, before), "records of every writer are refused", _HELD_SECONDS
    )
    for writer in system.writers:
        writer.kinesis.throttled = 0.0


async def failures(system: System, dose: Dose, random: Random) -> None:  # noqa: ARG001
    """For `seconds`, fail 20 % of the calls, and drop the answers of 20 % of the others; until every writer has met both."""
    before = {fault: _counted(system, fault) for fault in (Fault.KINESIS_FAILED, Fault.KINESIS_ANSWER_LOST)}
    for writer in system.writers:
        writer.kinesis.failing, writer.kinesis.losing_answers = _FAILING, _LOSING_ANSWERS
    await asyncio.sleep(dose.seconds)
    await until(
        lambda: all(_have_met(system, fault, counts) for fault, counts in before.items()),
        "calls of every writer fail, and answers are lost",
        _HELD_SECONDS,
    )
    for writer in system.writers:
        writer.kinesis.failing = writer.kinesis.losing_answers = 0.0


async def timeouts(system: System, dose: Dose, random: Random) -> None:  # noqa: ARG001
    """Accept calls, and never answer."""

    async def hold(writer: Writer, times: int) -> None:
        wanted = writer.tally[Fault.KINESIS_TIMED_OUT] + times
        writer.kinesis.answers_to_hold = times
        await until(
            lambda: writer.tally[Fault.KINESIS_TIMED_OUT] >= wanted,
            f"{writer.service.name} has given up on every answer",
            _HELD_SECONDS * max(1, times),
        )

    await shared(system.writers, dose.times, hold)


async def gone(system: System, dose: Dose, random: Random) -> None:  # noqa: ARG001
    """Refuse connections of all writers for `seconds`."""
    for writer in system.writers:
        writer.lose_kinesis()
    await asyncio.sleep(dose.seconds)
    for writer in system.writers:
        await writer.find_kinesis()


def _counted(system: System, fault: Fault) -> Mapping[str, int]:
    """By writer."""
    return {writer.service.name: writer.tally[fault] for writer in system.writers}


def _have_met(system: System, fault: Fault, before: Mapping[str, int]) -> bool:
    return all(count > before[name] for name, count in _counted(system, fault).items())
