"""The scenarios, each a function that does its faults to a running system and leaves it as it found it."""

from collections.abc import Callable, Coroutine, Mapping
from random import Random
from typing import Any, Final

from coattail_chaos.plan import Dose, Name
from coattail_chaos.scenarios.clock import clock
from coattail_chaos.scenarios.disks import disk_full, spool_full
from coattail_chaos.scenarios.exchanges import cuts, rest, stalls
from coattail_chaos.scenarios.kills import kills
from coattail_chaos.scenarios.links import link
from coattail_chaos.scenarios.streams import failures, gone, throttled, timeouts
from coattail_chaos.system import System

type Play = Callable[[System, Dose, Random], Coroutine[Any, Any, None]]

PLAYS: Final[Mapping[Name, Play]] = {
    Name.CUTS: cuts,
    Name.STALLS: stalls,
    Name.REST: rest,
    Name.THROTTLED: throttled,
    Name.FAILURES: failures,
    Name.TIMEOUTS: timeouts,
    Name.GONE: gone,
    Name.LINK: link,
    Name.KILLS: kills,
    Name.SPOOL_FULL: spool_full,
    Name.DISK_FULL: disk_full,
    Name.CLOCK: clock,
}
"""What each scenario does."""
