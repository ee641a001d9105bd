"""The seam to wherever the list of markets is kept."""

from typing import Protocol


class ListUnavailableError(Exception):
    """The list cannot be read now; it may be later."""


class ListMissingError(Exception):
    """There is no list, or it may not be read: a person has to look at it. The text says where it should be."""


class ListSource(Protocol):
    """A place that holds the list of markets as text."""

    async def read(self) -> str:
        """The list as it is now. Raises `ListUnavailableError` and `ListMissingError`."""
        ...
