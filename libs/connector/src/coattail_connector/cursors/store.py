"""The seam to wherever cursors are kept."""

from collections.abc import Iterable, Mapping
from typing import Protocol


class CursorsUnavailableError(Exception):
    """The store cannot be used now; it may be later."""


class CursorsBrokenError(Exception):
    """What is stored is not what was stored: a person has to look at it. The text says where it is."""


class CursorsRefusedError(CursorsBrokenError):
    """Cursors cannot be kept at that place, and waiting does not mend it. The text says which and why."""


class CursorStore(Protocol):
    """The cursors of one exchange's markets. Several processes may share a store: a cursor only rises."""

    async def get(self, symbols: Iterable[str]) -> Mapping[str, int]:
        """The cursors of these markets; those without one are left out.

        Raises `CursorsUnavailableError` and `CursorsBrokenError`.
        """
        ...

    async def advance(self, cursors: Mapping[str, int]) -> None:
        """Raise the cursors to these ids; where a higher one is stored it stays.

        When it returns they survive a crash. Raises as `get` does; then some may have been raised.
        """
        ...
