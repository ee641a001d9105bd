"""What a detector is: a plain Python object over what it is shown, the same in stream and in batch."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.module import Module
from coattail_detectors.kernel.provenance import Provenance


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
    def inspect(self, shown: DetectorInput, now: int) -> list[Finding]:
        """Look at what a batch brought, or at nothing, between batches. `now` is the time of processing (UTC, µs).

        Must not depend on how the trades were cut into batches: a pattern that may go on in the next batch is held in the state.
        """

    @abstractmethod
    def state(self) -> bytes:
        """What is held, as JSON: small, and complete enough that `restore` and the same trades raise the same alerts."""

    @abstractmethod
    def restore(self, state: bytes) -> None:
        """Go on from what `state` gave, perhaps in another process and by an earlier version.

        Raises when the state cannot be used, and changes nothing then.
        """

    def depends_on(self) -> bytes:
        """Return the settings that the state has its meaning by, as JSON: a window's length, no threshold. Under others it is dropped."""
        return b"{}"

    def missed(self, until: Mapping[str, int]) -> None:  # noqa: B027  (a detector that holds nothing has nothing to do)
        """Note that trades did not reach this detector: of each exchange those up to this event time (UTC, µs), included.

        Called before the first input of a detector that begins in the middle of the stream, and after a batch in which it
        failed. What such a trade may belong to (a window, a sweep) must never be stated as whole. `state` keeps this.
        """
