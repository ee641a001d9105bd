"""Durable cursors: per market, the id up to which every trade is in the stream or was told as lost.

A connector that starts goes on from there, and fetches what lies between.
"""

from coattail_common.cursors.choosing import CursorSetting, cursor_setting, open_store
from coattail_common.cursors.files import FileCursors
from coattail_common.cursors.keeper import Cursors
from coattail_common.cursors.progress import Progress
from coattail_common.cursors.store import CursorsBrokenError, CursorsRefusedError, CursorStore, CursorsUnavailableError

__all__ = [
    "CursorSetting",
    "CursorStore",
    "Cursors",
    "CursorsBrokenError",
    "CursorsRefusedError",
    "CursorsUnavailableError",
    "FileCursors",
    "Progress",
    "cursor_setting",
    "open_store",
]
