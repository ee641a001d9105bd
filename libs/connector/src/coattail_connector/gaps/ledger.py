"""Where a connector goes on after a restart: what it tells the keeper of its cursors."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from coattail_runtime.link.batching import LineBatch


class Ledger(Protocol):
    """Keeps the cursors, and so needs to know which ids will never be accepted."""

    @property
    def durable(self) -> bool:
        """Whether a later process goes on from where this one ends."""
        ...

    async def resume(self, symbols: Sequence[str]) -> Mapping[str, int]:
        """Return the id up to which every trade is in the stream, by market of `symbols`. Waits until the cursors can be read.

        Called at the start, and before further markets are followed.
        """
        ...

    def began(self, symbol: str, trade_id: int) -> None:
        """The market's ids count from after `trade_id`."""
        ...

    def lost(self, symbol: str, first: int, last: int) -> None:
        """The ids from `first` to `last` will not come, and this was reported."""
        ...

    def accepted(self, batch: LineBatch) -> None:
        """A batch is in the stream."""
        ...


class NoLedger:
    """Nothing is kept: what is missing at the end is lost."""

    durable = False

    async def resume(self, symbols: Sequence[str]) -> Mapping[str, int]:  # noqa: ARG002
        """See `Ledger.resume`."""
        return {}

    def began(self, symbol: str, trade_id: int) -> None:
        """See `Ledger.began`."""

    def lost(self, symbol: str, first: int, last: int) -> None:
        """See `Ledger.lost`."""

    def accepted(self, batch: LineBatch) -> None:
        """See `Ledger.accepted`."""
