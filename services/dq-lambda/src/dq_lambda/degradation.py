"""When quality is degraded: pure, over counts by period of arrival.

The arrival of its records numbers a period, not the reader's clock. So a reader that comes
late, after an outage, judges the same minutes as one that is in time.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

_CLAIM_MICROS: Final = 60_000_000
"""How long one process has to tell before another may."""
_AHEAD_MICROS: Final = 600_000_000
"""How far the clock of Kinesis may be ahead of this one; a period that lies further ahead is damage."""
_ENDED_UNTOLD: Final = 100
"""How many degradations wait to be told at most: those of more than eight hours without a bus."""
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
    """`periods` of `period_micros` in a row whose score is below `floor`, in percent, are a degradation; as many at or above it
    end one."""

    floor: Decimal
    periods: int
    period_micros: int = 60_000_000


class Degradation(msgspec.Struct, frozen=True, kw_only=True):
    """One degradation: when it was found (UTC, µs), its score then, until when a process claims its report, and whether it is reported."""

    found_at: int
    score: Decimal
    claimed_until: int = 0
    is_told: bool = False

    def may_be_claimed(self, now: int) -> bool:
        """Whether no process has told, or is about to. A claim that ends later than any can is damage, and holds nothing up."""
        return not self.is_told and not now < self.claimed_until <= now + _CLAIM_MICROS


class Quality(msgspec.Struct, frozen=True):
    """What all readers of the stream know together: the counts of the latest periods, and the degradation, if there is one.

    `untold` are the degradations that ended before any process could tell, oldest first. `period_micros` is the length of
    the counted periods; None in a state that an older version wrote.
    """

    counts: Mapping[int, Count] = {}
    degradation: Degradation | None = None
    untold: tuple[Degradation, ...] = ()
    period_micros: int | None = None

    def fitting(self, period_micros: int, now: int) -> "Quality":
        """Return the same without counts that mean other periods, or lie in the future (`now`: UTC, µs).

        Later periods push out earlier ones: a single count that lies ahead would keep every true one out, and no degradation
        would be found again.
        """
        is_other = self.period_micros not in {None, period_micros}
        newest = (now + _AHEAD_MICROS) // period_micros
        counts = {} if is_other else {at: count for at, count in self.counts.items() if 0 <= at <= newest}
        return msgspec.structs.replace(self, counts=counts, period_micros=period_micros)

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
        degradation = _degradation(self.degradation, merged, bounds, now)
        untold = self.untold
        if self.degradation is not None and degradation is None and not self.degradation.is_told:
            untold = (*untold, self.degradation)[-_ENDED_UNTOLD:]
        return Quality(merged, degradation, untold, self.period_micros)

    def to_tell(self, now: int) -> tuple[Degradation, ...]:
        """Return the degradations that a process may claim `now`, oldest first."""
        known = (*self.untold, self.degradation) if self.degradation is not None else self.untold
        return tuple(one for one in known if one.may_be_claimed(now))

    def claimed(self, now: int) -> "Quality":
        """Return the same, with the telling of what may be claimed claimed from `now`."""

        def claim(one: Degradation) -> Degradation:
            return msgspec.structs.replace(one, claimed_until=now + _CLAIM_MICROS) if one.may_be_claimed(now) else one

        degradation = None if self.degradation is None else claim(self.degradation)
        return msgspec.structs.replace(self, degradation=degradation, untold=tuple(map(claim, self.untold)))

    def told(self, found_at: int) -> "Quality":
        """Return the same, with the degradation that was found at `found_at` told."""
        degradation = self.degradation
        if degradation is not None and degradation.found_at == found_at:
            degradation = msgspec.structs.replace(degradation, is_told=True)
        untold = tuple(one for one in self.untold if one.found_at != found_at)
        return msgspec.structs.replace(self, degradation=degradation, untold=untold)


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
