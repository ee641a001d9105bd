"""The faults, and how often each was really done. They are counted where they happen, never where they are ordered."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """A way in which networks, clouds and machines fail."""

    EXCHANGE_CUT = "exchange_cut"
    EXCHANGE_CUT_MID_FRAME = "exchange_cut_mid_frame"
    EXCHANGE_STALLED = "exchange_stalled"
    REST_REFUSED = "rest_refused"
    REST_LIMITED = "rest_limited"
    REST_TRUNCATED = "rest_truncated"
    KINESIS_THROTTLED = "kinesis_throttled"
    KINESIS_FAILED = "kinesis_failed"
    KINESIS_ANSWER_LOST = "kinesis_answer_lost"
    KINESIS_TIMED_OUT = "kinesis_timed_out"
    KINESIS_GONE = "kinesis_gone"
    LINK_CUT_MID_FRAME = "link_cut_mid_frame"
    CONNECTOR_KILLED = "connector_killed"
    WRITER_KILLED = "writer_killed"
    SPOOL_LOST = "spool_lost"
    SPOOL_FULL = "spool_full"
    DISK_FULL = "disk_full"
    CLOCK_STEPPED = "clock_stepped"


MEANING: Final[Mapping[Fault, str]] = {
    Fault.EXCHANGE_CUT: "connections to an exchange reset between two frames",
    Fault.EXCHANGE_CUT_MID_FRAME: "connections to an exchange closed in the middle of a frame",
    Fault.EXCHANGE_STALLED: "connections to an exchange that stayed open and brought nothing",
    Fault.REST_REFUSED: "REST requests answered 503",
    Fault.REST_LIMITED: "REST requests answered as one too many (429 with Retry-After; Kraken: an error in a 200)",
    Fault.REST_TRUNCATED: "REST answers of which only the first half came",
    Fault.KINESIS_THROTTLED: "records refused within an answer (ProvisionedThroughputExceededException)",
    Fault.KINESIS_FAILED: "calls to Kinesis answered 500 or 503, nothing accepted",
    Fault.KINESIS_ANSWER_LOST: "calls accepted by Kinesis whose answer was dropped with the connection",
    Fault.KINESIS_TIMED_OUT: "calls accepted by Kinesis whose answer did not come until the writer gave up",
    Fault.KINESIS_GONE: "times at which nothing listened where a writer had its Kinesis",
    Fault.LINK_CUT_MID_FRAME: "connections from a connector to a writer closed in the middle of a frame",
    Fault.CONNECTOR_KILLED: "connectors killed with SIGKILL",
    Fault.WRITER_KILLED: "writers killed with SIGKILL",
    Fault.SPOOL_LOST: "writers killed whose disk was lost with them",
    Fault.SPOOL_FULL: "times at which the spool of a writer had all that it may have",
    Fault.DISK_FULL: "times at which the disk below the spool of a writer had no space left (ENOSPC)",
    Fault.CLOCK_STEPPED: "steps of the processes' wall clock, by an hour or two",
}


OF_A_WRITER: Final = frozenset(
    {
        Fault.KINESIS_THROTTLED,
        Fault.KINESIS_FAILED,
        Fault.KINESIS_ANSWER_LOST,
        Fault.KINESIS_TIMED_OUT,
        Fault.KINESIS_GONE,
        Fault.LINK_CUT_MID_FRAME,
        Fault.WRITER_KILLED,
        Fault.SPOOL_LOST,
        Fault.SPOOL_FULL,
        Fault.DISK_FULL,
    }
)
"""What every writer has to meet by itself: its like says nothing about it."""


class Tally:
    """How often each fault was done: in all, or, where it is part of a `whole`, to one service."""

    def __init__(self, whole: "Tally | None" = None) -> None:
        self._whole = whole
        self._counts: Counter[Fault] = Counter()

    def __getitem__(self, fault: Fault) -> int:
        return self._counts[fault]

    def count(self, fault: Fault, times: int = 1) -> None:
        """It was done."""
        self._counts[fault] += times
        if self._whole is not None:
            self._whole.count(fault, times)

    def copy(self) -> dict[Fault, int]:
        """What was done so far."""
        return {fault: self._counts[fault] for fault in Fault if self._counts[fault]}


def since(before: Mapping[Fault, int], now: Mapping[Fault, int]) -> dict[Fault, int]:
    """What was done between two copies of a tally."""
    return {fault: more for fault, count in now.items() if (more := count - before.get(fault, 0))}


def undone(expected: Collection[Fault], done: Tally, writers: Mapping[str, Tally]) -> Iterator[str]:
    """A line for each fault that was expected and did not happen: not at all, or not to one of the `writers`."""
    for fault in sorted(expected):
        if not done[fault]:
            yield f"{fault} did not happen: {MEANING[fault]}"
        elif fault in OF_A_WRITER:
            for name, met in writers.items():
                if not met[fault]:
                    yield f"{fault} did not happen to {name}: {MEANING[fault]}"
