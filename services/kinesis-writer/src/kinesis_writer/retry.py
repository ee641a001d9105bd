"""How long to wait before trying again: without end, longer while it is refused, and shorter again by degrees."""

from random import Random
from typing import Final

BASE_SECONDS: Final = 0.002
"""Less than a round trip to the stream: a refusal by chance costs its market little, and one that goes on soon costs more."""

MOST_SECONDS: Final = 5.0


def longer(wait: float, random: Random) -> float:
    """Seconds to wait after a refusal, where `wait` was waited before the last: decorrelated jitter, at most 5 s.

    Anything from the base to three times the last wait. Source: M. Brooker, "Exponential Backoff And Jitter", AWS
    Architecture Blog, 2015.
    """
    return min(MOST_SECONDS, random.uniform(BASE_SECONDS, 3 * max(BASE_SECONDS, wait)))


def shorter(wait: float) -> float:
    """What is remembered of a wait after it was accepted: half.

    So a market that is refused every few records, by a shard that takes less than it brings, comes to wait about as long
    as the shard needs, and begins from nothing only when it is left in peace.
    """
    return wait / 2 if wait >= 2 * BASE_SECONDS else 0.0
