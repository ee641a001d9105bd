"""A wall clock that steps under the services."""

import asyncio
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from coattail_chaos.faults import Fault
from coattail_chaos.plan import Dose
from coattail_chaos.system import System
from coattail_harness.waiting import until

_HOUR: Final = 3600
_MICROS: Final = 1_000_000
_NEAR: Final = _HOUR * _MICROS // 2
_SEEN_SECONDS: Final = 60.0


async def clock(system: System, dose: Dose, random: Random) -> None:  # noqa: ARG001
    """Start the services under a clock that steps, and step it: an hour ahead, then an hour behind, for `seconds` each.

    A step counts once the newest trade of every market in the stream was received at the stepped time.
    """
    file = system.setup.cursors.parent / "clock"
    _write(file, 0)
    system.setup.clock = file
    await asyncio.gather(*(service.replace() for service in system.services))
    for number in range(dose.times):
        ahead = _HOUR if number % 2 == 0 else -_HOUR
        _write(file, ahead)
        await until(partial(_seen, system, ahead), "trades come by the stepped clock", _SEEN_SECONDS)
        system.tally.count(Fault.CLOCK_STEPPED)
        await asyncio.sleep(dose.seconds)


def _seen(system: System, ahead: int) -> bool:
    markets = (market for markets in system.held.values() for market in markets)
    return all(abs(system.landing.market(market).last_skew - ahead * _MICROS) < _NEAR for market in markets)


def _write(file: Path, seconds: int) -> None:
    """As a whole: the services read it at any time."""
    beside = file.with_suffix(".new")
    beside.write_text(str(seconds))
    beside.replace(file)
