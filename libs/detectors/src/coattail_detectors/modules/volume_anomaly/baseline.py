"""What is usual: the mean and the standard deviation of the values before, and how far a value is from them."""

import math
from collections.abc import Sequence

import msgspec


class Baseline(msgspec.Struct, frozen=True):
    """The mean and the sample standard deviation of `windows` values."""

    windows: int
    mean: float
    stddev: float

    def least_stddev(self, percent: float) -> float:
        """Return the standard deviation that a verdict uses at least: so many percent of the mean."""
        return abs(self.mean) * percent / 100

    def z_score(self, value: float, least_percent: float) -> float | None:
        """Return how many standard deviations `value` is above the mean; None where the values before were all zero.

        The standard deviation is at least `least_percent` of the mean: over values that were all the same, any other is an alert.
        """
        stddev = max(self.stddev, self.least_stddev(least_percent))
        return (value - self.mean) / stddev if stddev > 0 else None


def baseline(values: Sequence[float]) -> Baseline:
    """The baseline of at least two values. It does not depend on their order."""
    # Counted from one of them, equal values leave exactly nothing, whatever their size.
    origin = min(values)
    shifted = [value - origin for value in values]
    mean = math.fsum(shifted) / len(shifted)
    variance = math.fsum((value - mean) ** 2 for value in shifted) / (len(shifted) - 1)
    return Baseline(len(values), origin + mean, math.sqrt(variance))
