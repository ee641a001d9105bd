"""Durable cursors: per market, the id up to which every trade is in the stream or was told as lost.

A connector that starts goes on from there, and fetches what lies between.
"""

from coattail_connector.cursors.choosing import CursorSetting, cursor_setting, open_store
from coattail_connector.cursors.files import FileCursors
from coattail_connector.cursors.keeper import Cursors
from coattail_connector.cursors.progress import Progress
from coattail_connector.cursors.store import (
    CursorsBrokenError,
    CursorsRefusedError,
    CursorStore,
    CursorsUnavailableError,
)

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
