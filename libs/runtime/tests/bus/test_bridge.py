"""EventBridge as a bus: what it takes, refuses, and how long a call may take."""

from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from tenacity import wait_none

from coattail_common.contracts import TableChanged
from coattail_runtime.bus.bridge import ATTEMPTS, EventBridge, SendError, deliver
from coattail_runtime.bus.entries import Message, Refusal
from coattail_testing.bus import FakeBus


def event(number: int) -> TableChanged:
    return TableChanged(occurred_at=number, table="coattail.raw_trades", change="created")


class FakeClient:
    """boto3's client of EventBridge, which gives one answer."""

    def __init__(self, answer: list[str | None] | Exception) -> None:
        self.answer = answer
        self.entries: list[dict[str, str]] = []

    def put_events(self, *, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        if isinstance(self.answer, Exception):
            raise self.answer
        self.entries += Entries
        assert len(Entries) == len(self.answer)
        results = [{"ErrorCode": code, "ErrorMessage": "no"} if code else {"EventId": "1"} for code in self.answer]
        return {"FailedEntryCount": 0, "Entries": results}


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutEvents")


def test_send_returns_the_refused_messages_alone() -> None:
    first, second, third = event(1), event(2), event(3)
    bus = EventBridge(FakeClient([None, "ThrottlingException", "MalformedDetail"]), "coattail", "coattail.test")

    assert bus.send([first, second, third]) == [
        Refusal(second, "ThrottlingException: no", for_good=False),
        Refusal(third, "MalformedDetail: no", for_good=True),
    ]


@pytest.mark.parametrize(
    "failure",
    [
        error("AccessDeniedException"),
        error("ThrottlingException"),
        error("InternalException"),
        error("ResourceNotFoundException"),
        EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
        ReadTimeoutError(endpoint_url="http://127.0.0.1:1"),
        ConnectionResetError(104, "reset"),
    ],
)
def test_send_refuses_everything_for_now_when_the_call_fails(failure: Exception) -> None:
    """A denied, absent, throttling or hanging bus never raises: all of it is offered again."""
    both = [event(1), event(2)]

    refusals = EventBridge(FakeClient(failure), "coattail", "coattail.test").send(both)

    assert [one.message for one in refusals] == both
    assert not any(one.for_good for one in refusals)


def test_send_blames_a_call_of_several_on_none_of_them() -> None:
    """One message too large makes EventBridge refuse the whole call: which one it is shows when they go one by one."""
    bus = EventBridge(FakeClient(error("ValidationException")), "coattail", "coattail.test")

    assert [one.for_good for one in bus.send([event(1), event(2)])] == [False, False]
    assert [one.for_good for one in bus.send([event(1)])] == [True]


def test_call_ends_in_seconds_and_is_not_repeated_by_boto3() -> None:
    """boto3 would hang for 60 s, five times."""
    config = EventBridge.at("coattail", "us-west-2", "http://127.0.0.1:1", "coattail.test")._client.meta.config

    assert (config.connect_timeout, config.read_timeout) == (3, 5)
    assert config.retries["total_max_attempts"] == 1


def test_a_message_leaves_under_its_type() -> None:
    client = FakeClient([None])
    EventBridge(client, "coattail", "coattail.test").send([event(1)])

    assert client.entries == [
        {
            "EventBusName": "coattail",
            "Source": "coattail.test",
            "DetailType": "catalog.table_changed",
            "Detail": '{"occurred_at":1,"table":"coattail.raw_trades","change":"created"}',
        }
    ]


class FakeRecovering(FakeBus):
    """A bus that refuses the first offers."""

    def __init__(self, refusals: int) -> None:
        super().__init__("ThrottlingException")
        self._refusals = refusals

    def send(self, messages: Sequence[Message]) -> Sequence[Refusal]:
        if self.offers == self._refusals:
            self.reason = None
        return super().send(messages)


def test_deliver_offers_a_refused_event_again() -> None:
    bus = FakeRecovering(2)
    deliver(bus, event(1), wait_none())

    assert (bus.offers, bus.events) == (3, [event(1)])


def test_deliver_raises_when_the_bus_refuses_again_and_again() -> None:
    bus = FakeBus("ThrottlingException")

    with pytest.raises(SendError, match=r"refused catalog\.table_changed: ThrottlingException"):
        deliver(bus, event(1), wait_none())
    assert bus.offers == ATTEMPTS


def test_deliver_does_not_offer_again_what_is_refused_for_good() -> None:
    bus = FakeBus("MalformedDetail", stubborn=True)

    with pytest.raises(SendError, match="MalformedDetail"):
        deliver(bus, event(1), wait_none())
    assert bus.offers == 1
