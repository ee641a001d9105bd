"""The pages of a Kinesis stream: order, the tip, the end of a shard, iterators that expire, and calls that fail for a while."""

from collections import defaultdict
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from tenacity import wait_none

from coattail_testing.kinesis_reading import ReadableStream
from stream_detectors.source.kinesis_pages import KinesisPages
from stream_detectors.source.pages import ExpiredPlaceError, Page
from stream_detectors.source.positions import Shard


def failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "Kinesis")


class FakeKinesis(ReadableStream):
    """A stream whose calls fail as often as `failing` says, and that returns two records a call."""

    def __init__(self, *shards: str) -> None:
        super().__init__(*shards, records_a_call=2)
        self.failing: defaultdict[str, list[Exception]] = defaultdict(list)

    def list_shards(self, **asked: object) -> dict[str, Any]:
        self._fail("list_shards")
        return super().list_shards(**asked)

    def get_shard_iterator(self, **asked: Any) -> dict[str, Any]:
        self._fail("get_shard_iterator")
        return super().get_shard_iterator(**asked)

    def get_records(self, **asked: Any) -> dict[str, Any]:
        self._fail("get_records")
        return super().get_records(**asked)

    def _fail(self, call: str) -> None:
        if self.failing[call]:
            raise self.failing[call].pop()


def pages(client: FakeKinesis, log: list[str] | None = None) -> KinesisPages:
    return KinesisPages(client, "trades", now=lambda: 77, wait=wait_none(), log=(log if log is not None else []).append)


def data(page: Page) -> list[bytes]:
    return [one.data for one in page.records]


def test_a_shard_is_read_page_by_page_to_its_tip() -> None:
    client = FakeKinesis("a")
    for number in range(3):
        client.put("a", b"%d" % number)
    the = pages(client)

    first = the.page("a", the.after("a", None))
    second = the.page("a", str(first.following))
    third = the.page("a", str(second.following))

    assert [data(one) for one in (first, second, third)] == [[b"0", b"1"], [b"2"], []]
    assert [(one.is_tip, one.asked_at) for one in (first, second, third)] == [(False, 77), (True, 77), (True, 77)]
    assert data(the.page("a", the.after("a", "2"))) == [b"2"]


def test_a_closed_shard_ends() -> None:
    client = FakeKinesis("a")
    client.put("a", b"last")
    client.add_shard("b", "a")
    the = pages(client)

    first = the.page("a", the.after("a", None))

    assert the.page("a", str(first.following)).following is None
    assert the.shards() == [Shard("a"), Shard("b", ("a",))]


def test_calls_that_fail_for_a_while_are_repeated_and_reported_once() -> None:
    client = FakeKinesis("a")
    client.put("a", b"0")
    log: list[str] = []
    the = pages(client, log)
    client.failing["list_shards"] = [failure("LimitExceededException")]
    client.failing["get_shard_iterator"] = [EndpointConnectionError(endpoint_url="http://kinesis")]
    client.failing["get_records"] = [failure("ProvisionedThroughputExceededException")] * 7

    assert (the.shards(), data(the.page("a", the.after("a", None)))) == ([Shard("a")], [b"0"])
    assert len(log) == 1
    assert "the stream trades does not answer, and is asked again" in log[0]


def test_an_iterator_that_is_too_old_says_so() -> None:
    client = FakeKinesis("a")
    client.failing["get_records"] = [failure("ExpiredIteratorException")]

    with pytest.raises(ExpiredPlaceError):
        pages(client).page("a", "a/0")


def test_what_does_not_pass_is_raised() -> None:
    client = FakeKinesis("a")
    client.failing["get_records"] = [failure("AccessDeniedException")]

    with pytest.raises(ClientError, match="AccessDeniedException"):
        pages(client).page("a", "a/0")
