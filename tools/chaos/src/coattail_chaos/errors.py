"""What ends a run without a result: `str(error)` is one line for people, and says what to do where there is something."""

from coattail_harness.errors import HarnessError


class ChaosError(HarnessError):
    """The run cannot be carried out."""
