"""What is in a record: its valid trades, and the lines that are none."""

from collections.abc import Iterable
from typing import Self

import msgspec

from coattail_common.contracts import Reject, Trade
from coattail_common.lines import unpack
from coattail_common.quality import judge
from dq_lambda.records import StreamRecord


class Inspected(msgspec.Struct, frozen=True):
    """A record's lines, judged: the ids of the valid trades in their order, how many of those were late, and the refusals."""

    record: StreamRecord
    event_ids: tuple[str, ...]
    late: int
    rejects: tuple[Reject, ...]

    @property
    def processed(self) -> int:
        """How many lines it has."""
        return len(self.event_ids) + len(self.rejects)


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
            failed=sum(len(one.rejects) for one in inspected),
            late=sum(one.late for one in inspected),
            duplicate=len(event_ids) - len(set(event_ids)),
        )

    @property
    def passed(self) -> int:
        """Those that did not fail."""
        return self.processed - self.failed


def inspect(record: StreamRecord, late_micros: float, now: int) -> Inspected:
    """Judge each line of the record. A trade is late when it was received more than `late_micros` after it happened."""
    event_ids: list[str] = []
    rejects: list[Reject] = []
    late = 0
    for number, line in enumerate(unpack(record.data)):
        judged = judge(line)
        if isinstance(judged, Trade):
            event_ids.append(judged.event_id)
            late += judged.ingestion_timestamp - judged.timestamp > late_micros
        else:
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
    return Inspected(record, tuple(event_ids), late, tuple(rejects))
