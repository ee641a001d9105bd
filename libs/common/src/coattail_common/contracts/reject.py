"""The refused record: what was wrong, its bytes, and where in the stream it stands."""

from typing import Final

import msgspec

from coattail_common.contracts._fields import Int32, Micros

CONFLICT: Final = "conflict"
"""The reason of a valid trade whose id had come before with other contents. The rule says what differs: `conflict.quantity`."""
CONTENTS: Final = ("price", "quantity", "side", "timestamp")
"""What an exchange says of a trade. Two lines of one trade may differ in the rest: in how and when they reached us."""


class Reject(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the stream that is not a valid trade, or contradicts a trade that came before it.

    `reason` is its kind (`malformed`, `incomplete`, `invalid`, `conflict`), `rule` the record rule that refused it; for a conflict,
    a trade with an id that came before with other contents, `conflict.` and the first of price, quantity, side and timestamp that
    differs. The position (`shard_id`, `sequence_number`, `line_number` from 0) is its identity: a line is refused once however
    often it is read.
    """

    rejected_at: Micros
    reason: str
    rule: str
    line: bytes
    shard_id: str
    sequence_number: str
    line_number: Int32
    arrived_at: Micros
