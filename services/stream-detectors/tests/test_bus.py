"""EventBridge as a bus: what it takes, refuses, and how long a call may take."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from stream_detectors.bus import EventBridge, Refusal
from stream_detectors.testing import alert


class FakeClient:
    """boto3's client of EventBridge, which gives one answer."""

    def __init__(self, answer: list[str | None] | Exception) -> None:
        self.answer = answer

    def put_events(self, *, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        if isinstance(self.answer, Exception):
            raise self.answer
        assert len(Entries) == len(self.answer)
        results = [{"ErrorCode": code, "ErrorMessage": "no"} if code else {"EventId": "1"} for code in self.answer]
        return {"FailedEntryCount": 0, "Entries": results}


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutEvents")


def test_send_returns_the_refused_alerts_alone() -> None:
    first, second, third = alert(1), alert(2), alert(3)
    bus = EventBridge(FakeClient([None, "ThrottlingException", "MalformedDetail"]), "coattail")

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
    both = [alert(1), alert(2)]

    refusals = EventBridge(FakeClient(failure), "coattail").send(both)

    assert [one.message for one in refusals] == both
    assert not any(one.for_good for one in refusals)


def test_send_blames_a_call_of_several_on_none_of_them() -> None:
    """One message too large makes EventBridge refuse the whole call: which one it is shows when they go one by one."""
    bus = EventBridge(FakeClient(error("ValidationException")), "coattail")

    assert [one.for_good for one in bus.send([alert(1), alert(2)])] == [False, False]
    assert [one.for_good for one in bus.send([alert(1)])] == [True]


def test_call_ends_in_seconds_and_is_not_repeated_by_boto3() -> None:
    """boto3 would hang for 60 s, five times."""
    config = EventBridge.at("coattail", "us-west-2", "http://127.0.0.1:1")._client.meta.config

    assert (config.connect_timeout, config.read_timeout) == (3, 5)
    assert config.retries["total_max_attempts"] == 1
