"""What is in a record: its valid trades, and the lines that are none."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, Self

import msgspec

from coattail_common.contracts import Reject, Trade
from coattail_common.lines import each
from coattail_common.quality import RecordRule, judge
from dq_lambda.records import StreamRecord

KEPT_LINES: Final = 5_000
"""How many refused lines of a record are kept one by one for each reason.

A record of 1 MiB has fewer trades than that. It may have a million refused lines, and each takes hundreds of bytes once it
stands with its position.
"""

_SHORT_BYTES: Final = 64
"""A line of so few bytes is no trade, and there are few of them: judged once each, a million cost less than a second."""


class Inspected(msgspec.Struct, frozen=True):
    """A record's lines, judged: the ids of the valid trades in their order, how many of those were late, and the refusals.

    `refused` counts all refused lines by their reason; `rejects` holds the first `KEPT_LINES` of each.
    """

    record: StreamRecord
    event_ids: tuple[str, ...]
    late: int
    refused: Mapping[str, int]
    rejects: tuple[Reject, ...]

    @property
    def processed(self) -> int:
        """Return how many lines it has."""
        return len(self.event_ids) + self.failed

    @property
    def failed(self) -> int:
        """Return how many of them were refused."""
        return sum(self.refused.values())


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many lines of a batch were judged, passed and failed; how many of those that passed were late, or came again."""

    processed: int
    failed: int
    late: int
    duplicate: int

    @classmethod
    def of(cls, batch: Iterable[Inspected]) -> Self:
        """The tally of these records together."""
        inspected = tuple(batch)
        event_ids = [event_id for one in inspected for event_id in one.event_ids]
        return cls(
            processed=sum(one.processed for one in inspected),
            failed=sum(one.failed for one in inspected),
            late=sum(one.late for one in inspected),
            duplicate=len(event_ids) - len(set(event_ids)),
        )

    @property
    def passed(self) -> int:
        """Those that did not fail."""
        return self.processed - self.failed


def inspect(record: StreamRecord, late_micros: float, now: int) -> Inspected:
    """Judge each line of the record. A trade is late when it was received more than `late_micros` after it happened.

    The memory it takes is bounded by the record's size, not by the number of its lines.
    """
    event_ids: list[str] = []
    refused: Counter[str] = Counter()
    rejects: list[Reject] = []
    late = 0
    for number, line in enumerate(each(record.data)):
        judged = _judge_short(line) if len(line) <= _SHORT_BYTES else judge(line)
        if isinstance(judged, Trade):
            event_ids.append(judged.event_id)
            late += judged.ingestion_timestamp - judged.timestamp > late_micros
            continue
        refused[judged.reason] += 1
        if refused[judged.reason] <= KEPT_LINES:
            rejects.append(
                Reject(
                    rejected_at=now,
                    reason=judged.reason,
                    rule=judged.name,
                    line=line,
                    shard_id=record.shard_id,
                    sequence_number=record.sequence_number,
                    line_number=number,
                    arrived_at=record.arrived_at,
                )
            )
    return Inspected(record, tuple(event_ids), late, dict(refused), tuple(rejects))


@lru_cache(maxsize=1024)
def _judge_short(line: bytes) -> Trade | RecordRule:
    return judge(line)
