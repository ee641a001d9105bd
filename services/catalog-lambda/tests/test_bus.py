"""The bus: when it hangs, every table has its turn all the same."""

from coattail_runtime.bus.bridge import PATIENCE_SECONDS
from coattail_runtime.bus.entries import ANSWER_SECONDS, CONNECT_SECONDS
from coattail_testing.tables import TABLES

INVOCATION_SECONDS = 120
"""The timeout in `infra/stacks/catalog-lambda`."""


def test_every_table_has_its_turn_when_the_bus_hangs() -> None:
    """With boto3's defaults one call that hangs takes five minutes of the invocation's two."""
    longest = PATIENCE_SECONDS + CONNECT_SECONDS + ANSWER_SECONDS

    assert longest * len(TABLES) < INVOCATION_SECONDS
