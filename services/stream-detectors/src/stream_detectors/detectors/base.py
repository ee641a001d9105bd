"""What a detector is: a plain Python object over observations, the same in stream and in batch."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar

import msgspec

from coattail_common.contracts import Alert
from stream_detectors.detectors.module import Module
from stream_detectors.observation import MarketFills


class Finding(msgspec.Struct, frozen=True):
    """What a detector saw: an alert, and the row of the module's own table that states it. The row has the alert's `alert_id`."""

    alert: Alert
    row: msgspec.Struct


class BaseDetector(ABC):
    """A detector is built by its module's registry entry, fed batch by batch, and never touches Spark, AWS or a clock."""

    module: ClassVar[Module]

    @abstractmethod
    def inspect(self, fills: Iterable[MarketFills], now: int) -> list[Finding]:
        """Look at the fills of a batch: new, each once, by ascending id within a market. `now` is the time of processing (UTC, µs).

        Must not depend on how the trades were cut into batches: a pattern that may go on in the next batch is held in the state.
        """

    @abstractmethod
    def settle(self, now: int) -> list[Finding]:
        """Raise what was held and will wait no longer. Called between batches too, so that a quiet market does not keep it."""

    @abstractmethod
    def state(self) -> bytes:
        """What is held, as JSON: small, and complete enough that `restore` and the same trades raise the same alerts."""

    @abstractmethod
    def restore(self, state: bytes) -> None:
        """Go on from what `state` gave, perhaps in another process and by an earlier version."""
