"""Which store the cursors are kept in, by a setting."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from coattail_connector.cursors.files import FileCursors
from coattail_connector.cursors.store import CursorStore

_FORMS: Final = "none, file:FOLDER or dynamodb:TABLE"


class CursorSetting(msgspec.Struct, frozen=True):
    """`kind` is `none`, `file` or `dynamodb`; `place` the folder or the table."""

    kind: str
    place: str = ""


def cursor_setting(text: str) -> CursorSetting:
    """The setting that `text` means. Raises `ValueError`."""
    kind, _, place = text.partition(":")
    if text == "none":
        return CursorSetting("none")
    if kind not in ("file", "dynamodb") or not place:
        message = f"cursors are kept in {_FORMS}"
        raise ValueError(message)
    return CursorSetting(kind, place)


@asynccontextmanager
async def open_store(setting: CursorSetting, exchange: str, region: str) -> AsyncIterator[CursorStore | None]:
    """The store of an exchange's cursors, while the context is open; `None` when none are kept."""
    if setting.kind == "file":
        yield FileCursors(Path(setting.place), exchange)
    elif setting.kind == "dynamodb":
        from coattail_connector.cursors.dynamodb import open_table  # noqa: PLC0415  (25 MB that others do without)

        async with open_table(setting.place, region, exchange) as table:
            yield table
    else:
        yield None
