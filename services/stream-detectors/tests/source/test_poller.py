"""The poller against a stream in memory: order per shard, reshards, expired iterators, throttling, a bounded buffer, failures."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from tenacity import wait_none

from coattail_testing.kinesis_reading import ReadableStream
from stream_detectors.source.poller import KinesisPoller
from stream_detectors.source.positions import Positions

PATIENCE = 60.0


def failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "Kinesis")


class FakeKinesis(ReadableStream):
    """A stream whose calls fail as often as `failing` says, and that returns two records a call."""

    def __init__(self) -> None:
        super().__init__(records_a_call=2)
        self.failing: defaultdict[str, list[Exception]] = defaultdict(list)
        self.calls = 0

    def list_shards(self, **asked: object) -> dict[str, Any]:
        self._fail("list_shards")
        return super().list_shards(**asked)

    def get_shard_iterator(self, **asked: Any) -> dict[str, Any]:
        self._fail("get_shard_iterator")
        return super().get_shard_iterator(**asked)

    def get_records(self, **asked: Any) -> dict[str, Any]:
        self.calls += 1
        self._fail("get_records")
        answer = super().get_records(**asked)
        del answer["MillisBehindLatest"]  # an emulator need not say it; the tests of outages read it
        return answer

    def _fail(self, call: str) -> None:
        if self.failing[call]:
            raise self.failing[call].pop()


@contextmanager
def polling(
    client: FakeKinesis, positions: Positions | None = None, buffer_bytes: int = 1000
) -> Iterator[KinesisPoller]:
    poller = KinesisPoller(
        client, "trades", positions or {}, poll_seconds=0.001, buffer_bytes=buffer_bytes, wait=wait_none()
    )
    try:
        yield poller
    finally:
        poller.close()


def taken(poller: KinesisPoller, count: int) -> list[bytes]:
    found: list[bytes] = []
    until(lambda: len(found.extend(one.data for one in poller.take(10**6)) or found) >= count)
    return found


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"


def test_a_shard_is_read_in_order_from_its_beginning() -> None:
    client = FakeKinesis()
    client.add_shard("a")
    for number in range(7):
        client.put("a", b"%d" % number)

    with polling(client) as poller:
        assert taken(poller, 7) == [b"0", b"1", b"2", b"3", b"4", b"5", b"6"]
        client.put("a", b"7")
        assert taken(poller, 1) == [b"7"]
        assert list(poller.take(1)) == []


def test_reading_goes_on_after_a_position() -> None:
    client = FakeKinesis()
    client.add_shard("a")
    client.add_shard("b", first=3)
    for shard in "aabb":
        client.put(shard, shard.encode())

    with polling(client, {"a": "2", "b": "3"}) as poller:
        assert taken(poller, 1) == [b"b"]


def test_children_come_after_their_parents() -> None:
    client = FakeKinesis()
    client.add_shard("a")
    for number in range(5):
        client.put("a", b"parent %d" % number)
    client.add_shard("b", "a")
    client.add_shard("c", "a")
    client.put("b", b"child")
    client.put("c", b"child")

    with polling(client) as poller:
        assert taken(poller, 7) == [b"parent %d" % number for number in range(5)] + [b"child"] * 2


def test_a_reshard_while_reading_is_followed() -> None:
    client = FakeKinesis()
    client.add_shard("a")
    client.add_shard("b")
    client.put("a", b"before")

    with polling(client) as poller:
        assert taken(poller, 1) == [b"before"]
        client.add_shard("c", "a", "b")
        client.put("c", b"after the merge")
        assert taken(poller, 1) == [b"after the merge"]


PASSING = [
    *(
        failure(code)
        for code in (
            "InternalFailure",
            "KMSThrottlingException",
            "LimitExceededException",
            "ProvisionedThroughputExceededException",
            "ServiceUnavailable",
            "ThrottlingException",
        )
    ),
    EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
    ReadTimeoutError(endpoint_url="http://127.0.0.1:1"),
    ConnectionClosedError(endpoint_url="http://127.0.0.1:1"),
]


@pytest.mark.parametrize(
    ("call", "passing"),
    [
        ("get_records", failure("ExpiredIteratorException")),
        *((call, one) for call in ("get_records", "get_shard_iterator", "list_shards") for one in PASSING),
    ],
    ids=str,
)
def test_what_passes_is_waited_out(call: str, passing: Exception) -> None:
    """Whatever Kinesis or the network says, and whichever call it meets: it ended the application."""
    client = FakeKinesis()
    client.add_shard("a")
    client.failing[call] = [passing] * 20
    client.put("a", b"one")

    with polling(client) as poller:
        assert taken(poller, 1) == [b"one"]


def test_what_does_not_pass_is_raised_to_the_reader() -> None:
    client = FakeKinesis()
    client.add_shard("a")
    client.failing["get_records"] = [failure("AccessDeniedException")]

    with polling(client) as poller, pytest.raises(ClientError, match="AccessDenied"):
        taken(poller, 1)


def test_the_buffer_is_bounded_and_a_take_is_limited() -> None:
    client = FakeKinesis()
    client.add_shard("a")
    for _ in range(100):
        client.put("a", b"x" * 10)

    with polling(client, buffer_bytes=30) as poller:
        until(lambda: client.calls >= 2)
        first = poller.take(25)
        rest = taken(poller, 98)

    assert len(first) == 2
    assert len(rest) == 98
