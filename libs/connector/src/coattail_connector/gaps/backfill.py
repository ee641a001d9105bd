"""The seam to an exchange's past trades."""

from collections.abc import Sequence
from typing import Protocol

from coattail_common.lines import TradeLine
from coattail_connector.frames.messages import Refusal
from coattail_connector.gaps.holes import Gap


class BackfillUnavailableError(Exception):
    """The exchange gave no answer now, or asks us to wait; a later request may be answered."""


class BackfillRefusedError(Exception):
    """The exchange will never give what was asked for. `body` is what it said, where it said something."""

    def __init__(self, message: str, body: bytes = b"") -> None:
        super().__init__(message)
        self.body = body


class Backfill(Protocol):
    """Past trades of an exchange by their ids. One request at a time, within the exchange's limits."""

    @property
    def most(self) -> int:
        """The most ids that one `fetch` asks for."""
        ...

    async def fetch(self, gap: Gap) -> Sequence[TradeLine | Refusal]:
        """What the exchange has of the trades of `gap` (at most `most`), with `Origin.BACKFILL`, ascending by id.

        Waits as long as the exchange's limits ask for. What the exchange does not have, not yet or no longer, is not in
        the answer. Raises `BackfillUnavailableError` and `BackfillRefusedError`. May be cancelled.
        """
        ...

    async def latest(self, symbol: str) -> int | None:
        """The id of the market's latest trade, `None` when it has none. Waits and raises as `fetch` does."""
        ...

    async def close(self) -> None:
        """Let go of connections; another `fetch` would open them again."""
        ...
