"""What will be done in a run: stages one after the other, and in a stage one scenario or several at once. Pure."""

from collections.abc import Collection, Sequence
from enum import StrEnum
from math import ceil
from typing import Final

import msgspec

from coattail_chaos.faults import Fault

LONG_SECONDS: Final = 690.0
"""About how long the plan at length takes."""


class Name(StrEnum):
    """The scenarios."""

    CUTS = "cuts"
    STALLS = "stalls"
    REST = "rest"
    THROTTLED = "throttled"
    FAILURES = "failures"
    TIMEOUTS = "timeouts"
    GONE = "gone"
    LINK = "link"
    KILLS = "kills"
    SPOOL_FULL = "spool-full"
    DISK_FULL = "disk-full"
    CLOCK = "clock"


class Scenario(msgspec.Struct, frozen=True):
    """What a scenario does, for people, and the faults without which it has not happened."""

    name: Name
    what: str
    faults: tuple[Fault, ...]


SCENARIOS: Final = (
    Scenario(
        Name.CUTS,
        "connections to the exchanges cut, every second one in the middle of a frame",
        (Fault.EXCHANGE_CUT, Fault.EXCHANGE_CUT_MID_FRAME),
    ),
    Scenario(Name.STALLS, "connections to the exchanges fall silent and stay open", (Fault.EXCHANGE_STALLED,)),
    Scenario(
        Name.REST,
        "connections cut while half of the REST requests that would fill the gaps fail",
        (Fault.EXCHANGE_CUT, Fault.REST_REFUSED, Fault.REST_LIMITED, Fault.REST_TRUNCATED),
    ),
    Scenario(Name.THROTTLED, "Kinesis refuses 30 % of the records", (Fault.KINESIS_THROTTLED,)),
    Scenario(
        Name.FAILURES,
        "Kinesis answers 500 and 503, and drops answers to what it has accepted",
        (Fault.KINESIS_FAILED, Fault.KINESIS_ANSWER_LOST),
    ),
    Scenario(Name.TIMEOUTS, "Kinesis accepts, and does not answer in time", (Fault.KINESIS_TIMED_OUT,)),
    Scenario(Name.GONE, "nothing listens where Kinesis was", (Fault.KINESIS_GONE,)),
    Scenario(Name.LINK, "the links of the writers are cut in the middle of a frame", (Fault.LINK_CUT_MID_FRAME,)),
    Scenario(
        Name.KILLS,
        "connectors and writers are killed with SIGKILL while Kinesis comes and goes, sometimes with the writer's disk",
        (Fault.CONNECTOR_KILLED, Fault.WRITER_KILLED, Fault.SPOOL_LOST),
    ),
    Scenario(
        Name.SPOOL_FULL, "Kinesis is gone until the spool of each writer has all that it may have", (Fault.SPOOL_FULL,)
    ),
    Scenario(Name.DISK_FULL, "Kinesis is gone until the disk of each writer has no space left", (Fault.DISK_FULL,)),
    Scenario(Name.CLOCK, "the wall clock of all services steps by an hour, forth and back", (Fault.CLOCK_STEPPED,)),
)


class Dose(msgspec.Struct, frozen=True):
    """A scenario, how many times its fault is done, or for how many seconds."""

    name: Name
    times: int = 0
    seconds: float = 0.0


type Stage = tuple[Dose, ...]

_LONG: Final[tuple[Stage, ...]] = (
    (Dose(Name.CUTS, times=200),),
    (Dose(Name.STALLS, times=6),),
    (Dose(Name.REST, times=24),),
    (Dose(Name.THROTTLED, seconds=120),),
    (Dose(Name.FAILURES, seconds=60),),
    (Dose(Name.TIMEOUTS, times=6),),
    (Dose(Name.GONE, seconds=60),),
    (Dose(Name.LINK, times=60),),
    (Dose(Name.KILLS, times=50),),
    (Dose(Name.SPOOL_FULL, times=1, seconds=15),),
    (Dose(Name.DISK_FULL, times=1, seconds=15),),
    (Dose(Name.CLOCK, times=4, seconds=5),),
    (
        Dose(Name.CUTS, times=20),
        Dose(Name.THROTTLED, seconds=45),
        Dose(Name.FAILURES, seconds=45),
        Dose(Name.LINK, times=10),
        Dose(Name.KILLS, times=10),
    ),
)
_QUICK: Final[tuple[Stage, ...]] = (
    (
        Dose(Name.KILLS, times=3),
        Dose(Name.STALLS, times=3),
        Dose(Name.TIMEOUTS, times=2),
        Dose(Name.LINK, times=4),
        Dose(Name.FAILURES, seconds=2),
        Dose(Name.THROTTLED, seconds=3),
    ),
    (Dose(Name.DISK_FULL, times=1), Dose(Name.CLOCK, times=2), Dose(Name.CUTS, times=6), Dose(Name.REST, times=3)),
)


def long(seconds: float, only: Collection[Name] = ()) -> tuple[Stage, ...]:
    """The plan at length: the whole of it in about `LONG_SECONDS`, and less or more of everything for other `seconds`."""
    scale = seconds / LONG_SECONDS
    return _chosen([tuple(_scaled(dose, scale) for dose in stage) for stage in _LONG], only)


def quick(only: Collection[Name] = ()) -> tuple[Stage, ...]:
    """A few of each fault, several scenarios at once."""
    return _chosen(_QUICK, only)


def without_small_disk(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """The plan where no disk can be made small: a full spool stands in for a full disk, unless it has its own place."""
    stands_in = not any(dose.name is Name.SPOOL_FULL for stage in stages for dose in stage)
    kept = (
        tuple(
            Dose(Name.SPOOL_FULL, dose.times, dose.seconds) if dose.name is Name.DISK_FULL else dose
            for dose in stage
            if stands_in or dose.name is not Name.DISK_FULL
        )
        for stage in stages
    )
    return tuple(stage for stage in kept if stage)


def expected(stages: Sequence[Stage]) -> frozenset[Fault]:
    """The faults that must have happened when the plan was carried out."""
    by_name = {scenario.name: scenario for scenario in SCENARIOS}
    return frozenset(fault for stage in stages for dose in stage for fault in by_name[dose.name].faults)


def title(stage: Stage) -> str:
    """The names of what happens in a stage."""
    return " + ".join(dose.name for dose in stage)


def _scaled(dose: Dose, scale: float) -> Dose:
    return Dose(dose.name, ceil(dose.times * scale), dose.seconds * scale)


def _chosen(stages: Sequence[Stage], only: Collection[Name]) -> tuple[Stage, ...]:
    if not only:
        return tuple(stages)
    kept = (tuple(dose for dose in stage if dose.name in only) for stage in stages)
    return tuple(stage for stage in kept if stage)
