"""Where a row stands in the files, and the columns that every engine has of it."""

from typing import Final

from coattail_common import lake
from coattail_common.contracts import Trade

PLACE: Final = ("source", "row")
"""The number of its file, and its line (or row) in it, from 1."""
TRADE_FIELDS: Final = tuple(column.name for column in lake.columns(Trade))
VERDICT: Final = "verdict"
"""The rule that refused the row; NULL when it is a valid trade."""
