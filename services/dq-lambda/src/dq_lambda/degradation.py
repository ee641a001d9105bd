"""When quality is degraded: pure, over counts by period of arrival.

Periods are numbered by the arrival of their records and not by the clock of whoever reads them, so that a reader that comes
late, after an outage, judges the same minutes as one that is in time.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

_CLAIM_MICROS: Final = 60_000_000
"""How long one process has to tell before another may."""
_HUNDREDTH: Final = Decimal("0.01")


class Count(msgspec.Struct, frozen=True):
    """Lines judged, and of those refused."""

    processed: int = 0
    failed: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.processed + other.processed, self.failed + other.failed)

    @property
    def score(self) -> Decimal:
        """The share of good lines, in percent; of none at all, 100."""
        return Decimal(100) * (self.processed - self.failed) / self.processed if self.processed else Decimal(100)


class Bounds(msgspec.Struct, frozen=True):
    """`periods` in a row whose score is below `floor`, in percent, are a degradation; as many at or above it end one."""

    floor: Decimal
    periods: int


class Degradation(msgspec.Struct, frozen=True, kw_only=True):
    """One degradation: when it was found (UTC, µs), its score then, who has set out to tell until when, and whether it is told."""

    found_at: int
    score: Decimal
    claimed_until: int = 0
    is_told: bool = False

    def may_be_claimed(self, now: int) -> bool:
        """Whether nobody has told, or is about to."""
        return not self.is_told and now >= self.claimed_until


class Quality(msgspec.Struct, frozen=True):
    """What all readers of the stream know together: the counts of the latest periods, and the degradation, if there is one."""

    counts: Mapping[int, Count] = {}
    degradation: Degradation | None = None

    def after(self, counts: Mapping[int, Count], bounds: Bounds, now: int) -> "Quality":
        """What it is with these counts added."""
        periods = self.counts.keys() | counts.keys()
        # Those that are judged, the one under way, and as many again for readers that are behind.
        oldest = max(periods, default=0) - 2 * bounds.periods
        merged = {
            period: self.counts.get(period, Count()) + counts.get(period, Count())
            for period in sorted(periods)
            if period >= oldest
        }
        return Quality(merged, _degradation(self.degradation, merged, bounds, now))

    def claimed(self, now: int) -> "Quality":
        """The same, with the telling claimed from `now`."""
        assert self.degradation is not None  # noqa: S101  (there is nothing else to claim)
        return Quality(self.counts, msgspec.structs.replace(self.degradation, claimed_until=now + _CLAIM_MICROS))

    def told(self, found_at: int) -> "Quality":
        """The same, with the degradation that was found at `found_at` told."""
        if self.degradation is None or self.degradation.found_at != found_at:
            return self
        return Quality(self.counts, msgspec.structs.replace(self.degradation, is_told=True))


def _degradation(
    before: Degradation | None, counts: Mapping[int, Count], bounds: Bounds, now: int
) -> Degradation | None:
    newest = max(counts, default=0)  # is under way, and not judged
    judged = [counts.get(period, Count()) for period in range(newest - bounds.periods, newest)]
    if not all(count.processed for count in judged):
        return before
    if before is None and all(count.score < bounds.floor for count in judged):
        return Degradation(found_at=now, score=sum(judged, Count()).score.quantize(_HUNDREDTH))
    if before is not None and all(count.score >= bounds.floor for count in judged):
        return None
    return before
