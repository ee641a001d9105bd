"""What a record rule is."""

from collections.abc import Callable
from typing import Final

import msgspec

from coattail_common.contracts import Trade
from coattail_common.quality.reading import Reading

LINE: Final = "line"
"""The column of the line itself."""
CORRUPT: Final = "corrupt_line"
"""The column in which Spark's JSON reader leaves a line that it could not read, or not wholly."""


class RecordRule(msgspec.Struct, frozen=True):
    """A rule: `name` as `reason.what`, and `sql`, the condition under which it refuses the line.

    The condition is over the columns of the trade's JSON (`lake.wire_ddl`, a missing `schema_version` filled in), `LINE` and
    `CORRUPT`. NULL does not refuse.
    """

    name: str
    sql: str

    @property
    def reason(self) -> str:
        """`malformed` (not a JSON object), `incomplete` (a field is missing) or `invalid` (a value cannot be)."""
        return self.name.partition(".")[0]


class ShapeRule(RecordRule, frozen=True):
    """A rule about how the line is written: what it refuses cannot be read as a trade. `refuses` is its Python form."""

    refuses: Callable[[Reading], bool]


class ValueRule(RecordRule, frozen=True):
    """A rule about what the line says. `refuses` is its Python form; it gets a trade whose fields have the right types, and may
    have any value: `side` may be any string."""

    refuses: Callable[[Trade], bool]
