"""What a detector finds."""

import msgspec

from coattail_common.contracts import Alert


class Finding(msgspec.Struct, frozen=True):
    """What a detector saw: an alert, a row of the module's own table, or an alert and the row that states it."""

    alert: Alert | None
    row: msgspec.Struct | None
