"""Two thresholds of a size, and what is above them."""

import math

import msgspec

from coattail_common.contracts import Severity


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A size, without its sign, above `medium` is an alert; above `high` it is of that severity."""

    medium: float
    high: float

    def __post_init__(self) -> None:
        if not 0 < self.medium < self.high < math.inf:
            message = f"thresholds must ascend: medium {self.medium}, high {self.high}"
            raise ValueError(message)

    def severity(self, value: float) -> Severity | None:
        """The severity of a value; None when it is above neither."""
        size = abs(value)
        return Severity.HIGH if size > self.high else Severity.MEDIUM if size > self.medium else None

    def of(self, severity: Severity) -> float:
        """The threshold of a severity that `severity` gave."""
        return self.high if severity is Severity.HIGH else self.medium
