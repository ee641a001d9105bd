"""Faults of Kinesis."""

import asyncio
from random import Random
from typing import Final

from coattail_chaos.faults import Fault
from coattail_chaos.plan import Dose
from coattail_chaos.system import System
from coattail_chaos.waiting import until

_THROTTLED: Final = 0.3
_FAILING: Final = 0.2
_LOSING_ANSWERS: Final = 0.2
_HELD_SECONDS: Final = 60.0


async def throttled(system: System, dose: Dose, random: Random) -> None:  # noqa: ARG001
    """Refuse 30 % of the records for `seconds`, and until it has happened."""
    before = system.tally[Fault.KINESIS_THROTTLED]
    system.kinesis.throttled = _THROTTLED
    await asyncio.sleep(dose.seconds)
    await until(lambda: system.tally[Fault.KINESIS_THROTTLED] > before, "a record is refused", _HELD_SECONDS)
    system.kinesis.throttled = 0.0


async def failures(system: System, dose: Dose, random: Random) -> None:  # noqa: ARG001
    """For `seconds`, fail 20 % of the calls, and drop the answers of 20 % of the others; until both has happened."""
    before = {fault: system.tally[fault] for fault in (Fault.KINESIS_FAILED, Fault.KINESIS_ANSWER_LOST)}
    system.kinesis.failing, system.kinesis.losing_answers = _FAILING, _LOSING_ANSWERS
    await asyncio.sleep(dose.seconds)
    await until(
        lambda: all(system.tally[fault] > count for fault, count in before.items()),
        "calls fail, and answers are lost",
        _HELD_SECONDS,
    )
    system.kinesis.failing = system.kinesis.losing_answers = 0.0


async def timeouts(system: System, dose: Dose, random: Random) -> None:  # noqa: ARG001
    """Accept calls, and never answer."""
    wanted = system.tally[Fault.KINESIS_TIMED_OUT] + dose.times
    system.kinesis.answers_to_hold = dose.times
    await until(
        lambda: system.tally[Fault.KINESIS_TIMED_OUT] >= wanted,
        "the writer has given up on every answer",
        _HELD_SECONDS * dose.times,
    )


async def gone(system: System, dose: Dose, random: Random) -> None:  # noqa: ARG001
    """Refuse connections for `seconds`."""
    system.kinesis_relay.vanish()
    system.tally.count(Fault.KINESIS_GONE)
    await asyncio.sleep(dose.seconds)
    await system.kinesis_relay.listen()
