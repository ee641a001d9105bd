"""The refused record: what was wrong, its bytes, and where in the stream it stands."""

import msgspec

from coattail_common.contracts._fields import Int32, Micros


class Reject(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the stream that is not a valid trade.

    `reason` is its kind (`malformed`, `incomplete`, `invalid`), `rule` the record rule that refused it. The position
    (`shard_id`, `sequence_number`, `line_number` from 0) is its identity: a line is refused once however often it is read.
    """

    rejected_at: Micros
    reason: str
    rule: str
    line: bytes
    shard_id: str
    sequence_number: str
    line_number: Int32
    arrived_at: Micros
