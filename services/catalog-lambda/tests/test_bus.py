"""The bus: an event under its own type, again when it was refused."""

import json
from typing import Any

import pytest
from tenacity import wait_none

from catalog_lambda.bus import EventBridge, SendError, open_bus
from coattail_common.contracts import TableChanged
from coattail_common.tables import TABLES

INVOCATION_SECONDS = 120
"""The timeout in `infra/stacks/catalog-lambda`."""
EVENT = TableChanged(occurred_at=1, table="coattail.raw_trades", change="created")


class FakeEventsClient:
    """EventBridge, which refuses the first entries."""

    def __init__(self, refusals: int) -> None:
        self.entries: list[dict[str, str]] = []
        self.calls = 0
        self._refusals = refusals

    def put_events(self, *, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        """As boto3's client."""
        self.calls += 1
        if self.calls <= self._refusals:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}
        self.entries += Entries
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}


def test_an_event_leaves_under_its_type() -> None:
    client = FakeEventsClient(refusals=0)
    EventBridge(client, "coattail").event(EVENT)

    (entry,) = client.entries
    assert (entry["EventBusName"], entry["Source"], entry["DetailType"]) == (
        "coattail",
        "coattail.catalog-lambda",
        "catalog.table_changed",
    )
    assert json.loads(entry["Detail"]) == {"occurred_at": 1, "table": "coattail.raw_trades", "change": "created"}


def test_a_refused_event_goes_again() -> None:
    client = FakeEventsClient(refusals=2)
    EventBridge(client, "coattail", wait_none()).event(EVENT)

    assert (client.calls, len(client.entries)) == (3, 1)


def test_a_bus_that_refuses_for_good_is_an_error() -> None:
    client = FakeEventsClient(refusals=99)

    with pytest.raises(SendError, match=r"catalog\.table_changed: ThrottlingException"):
        EventBridge(client, "coattail", wait_none()).event(EVENT)
    assert client.calls == 5


def test_open_bus_leaves_every_table_its_turn_when_the_bus_hangs() -> None:
    """With boto3's defaults one call that hangs takes five minutes of the invocation's two."""
    config = open_bus("coattail", "us-west-2", None)._client.meta.config
    longest = (config.connect_timeout + config.read_timeout) * config.retries["total_max_attempts"]

    assert longest * len(TABLES) < INVOCATION_SECONDS
