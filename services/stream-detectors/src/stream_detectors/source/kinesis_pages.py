"""The pages of a Kinesis stream. A call that fails for a reason that may pass is repeated, for as long as it takes."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_never
from tenacity.wait import wait_base, wait_random_exponential

from stream_detectors.source.pages import ExpiredPlaceError, Page
from stream_detectors.source.positions import Shard
from stream_detectors.source.records import StreamRecord
from stream_detectors.source.waiting import may_pass

_RECORDS_A_CALL: Final = 10_000
_FIRST_WAIT_SECONDS: Final = 0.25
"""Kinesis allows five GetRecords a second and shard to all of its standard consumers together."""
_LONGEST_WAIT_SECONDS: Final = 10
_REPORTED_AFTER: Final = 5
"""So many refusals in a row are logged once."""


class KinesisPages:
    """See `Pages`. A place is a shard iterator, which Kinesis knows for five minutes."""

    def __init__(
        self,
        client: Any,
        stream: str,
        *,
        now: Callable[[], int] = lambda: time.time_ns() // 1000,
        wait: wait_base | None = None,
        log: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._client = client
        self._stream = stream
        self._now = now
        self._log = log
        self._patience = Retrying(
            retry=retry_if_exception(may_pass),
            wait=wait or wait_random_exponential(multiplier=_FIRST_WAIT_SECONDS, max=_LONGEST_WAIT_SECONDS),
            stop=stop_never,
            before_sleep=self._report,
            reraise=True,
        )

    def shards(self) -> list[Shard]:
        """See `Pages.shards`."""
        return [shard(one) for one in self._ask(list_shards, self._client, self._stream)]

    def after(self, shard_id: str, sequence_number: str | None) -> str:
        """See `Pages.after`."""
        start = (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": sequence_number}
            if sequence_number
            else {"ShardIteratorType": "TRIM_HORIZON"}
        )
        answer = self._ask(self._client.get_shard_iterator, StreamName=self._stream, ShardId=shard_id, **start)
        return str(answer["ShardIterator"])

    def page(self, shard_id: str, place: str) -> Page:
        """See `Pages.page`."""
        asked_at = self._now()
        try:
            answer = self._ask(self._client.get_records, ShardIterator=place, Limit=_RECORDS_A_CALL)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ExpiredIteratorException":
                raise ExpiredPlaceError(shard_id) from error
            raise
        records = [record(shard_id, one) for one in answer["Records"]]
        is_tip = not answer.get("MillisBehindLatest", len(records))
        return Page(records, answer.get("NextShardIterator"), is_tip, asked_at)

    def _ask[**P, T](self, call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        return self._patience.copy()(call, *arguments, **named)

    def _report(self, state: RetryCallState) -> None:
        if state.attempt_number == _REPORTED_AFTER and state.outcome is not None:
            self._log(f"the stream {self._stream} does not answer, and is asked again: {state.outcome.exception()!r}")


def client(region: str | None, endpoint: str | None) -> Any:
    """Return a client of Kinesis. `endpoint` stands in for AWS where it is given."""
    config = Config(retries={"mode": "standard", "max_attempts": 8}, max_pool_connections=64)
    return boto3.client("kinesis", region_name=region, endpoint_url=endpoint or None, config=config)


def list_shards(client: Any, stream: str) -> list[Mapping[str, Any]]:
    """Every shard the stream still has, closed ones too."""
    shards: list[Mapping[str, Any]] = []
    page = client.list_shards(StreamName=stream)
    shards.extend(page["Shards"])
    while token := page.get("NextToken"):
        page = client.list_shards(NextToken=token)
        shards.extend(page["Shards"])
    return shards


def shard(described: Mapping[str, Any]) -> Shard:
    """A shard as ListShards describes it."""
    parents = (described.get("ParentShardId"), described.get("AdjacentParentShardId"))
    return Shard(described["ShardId"], tuple(parent for parent in parents if parent))


def record(shard_id: str, described: Mapping[str, Any]) -> StreamRecord:
    """A record as GetRecords describes it."""
    return StreamRecord(
        described["Data"],
        described["PartitionKey"],
        described["SequenceNumber"],
        shard_id,
        described["ApproximateArrivalTimestamp"],
    )
