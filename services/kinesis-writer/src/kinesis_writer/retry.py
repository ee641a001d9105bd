"""How long to wait before trying again."""

from random import Random
from typing import Final

BASE_SECONDS: Final = 0.05
MOST_SECONDS: Final = 5.0
_LAST_DOUBLING: Final = 16


def full_jitter(failures: int, random: Random) -> float:
    """Seconds to wait after so many failures in a row: anything up to a bound that doubles with each, at most 5 s.

    Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """
    return random.uniform(0, min(MOST_SECONDS, BASE_SECONDS * 2 ** min(failures, _LAST_DOUBLING)))
