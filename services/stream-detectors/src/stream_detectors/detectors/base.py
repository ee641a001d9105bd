"""What a detector is: a plain Python object over news, the same in stream and in batch."""

from abc import ABC, abstractmethod
from decimal import Decimal
from typing import ClassVar

import msgspec

from coattail_common.contracts import Alert
from stream_detectors.detectors.module import Module
from stream_detectors.detectors.provenance import Provenance
from stream_detectors.features import Features
from stream_detectors.news import News


class Finding(msgspec.Struct, frozen=True):
    """What a detector saw: an alert, a row of the module's own table, or an alert and the row that states it."""

    alert: Alert | None
    row: msgspec.Struct | None


class BaseDetector(ABC):
    """A detector is built from its module's part of the features, fed batch by batch, and never touches Spark, AWS or a clock."""

    module: ClassVar[Module]
    floor: Decimal | None = None
    """The least amount, in US dollars, of a millisecond's fills on one side that it wants to see fill by fill; None: no fills."""
    window: int | None = None
    """The length (µs) that the bars it is shown must add up to; None: no bars."""

    patience: int = 0
    """How long it waits at most, in processing time (µs), for what would complete a pattern it holds."""

    @abstractmethod
    def __init__(self, features: Features, provenance: Provenance) -> None:
        """A detector with nothing held."""

    @property
    def late(self) -> int:
        """How many trades came after their window was closed, since the start of this process."""
        return 0

    @abstractmethod
    def inspect(self, news: News, now: int) -> list[Finding]:
        """Look at what a batch brought, or at nothing, between batches. `now` is the time of processing (UTC, µs).

        Must not depend on how the trades were cut into batches: a pattern that may go on in the next batch is held in the state.
        """

    @abstractmethod
    def state(self) -> bytes:
        """What is held, as JSON: small, and complete enough that `restore` and the same trades raise the same alerts."""

    @abstractmethod
    def restore(self, state: bytes) -> None:
        """Go on from what `state` gave, perhaps in another process and by an earlier version."""
