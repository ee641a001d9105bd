"""Reading a Kinesis stream ahead of Spark: a thread a shard polls into one bounded buffer, so that a batch finds its records there."""

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError
from tenacity import RetryCallState, Retrying, retry_if_exception, sleep_using_event, stop_when_event_set
from tenacity.wait import wait_base, wait_random_exponential

from stream_detectors.source.positions import Positions, Shard, readable
from stream_detectors.source.records import StreamRecord
from stream_detectors.source.standing import FOREVER, Standing, StandingFile
from stream_detectors.source.waiting import may_pass

if TYPE_CHECKING:
    from collections.abc import Callable

POLL_SECONDS: Final = 0.25
"""Kinesis allows five GetRecords a second and shard to all of its standard consumers together."""
BUFFER_BYTES: Final = 64 * 1024 * 1024
_LONGEST_WAIT_SECONDS: Final = 10
_TOLD_AFTER: Final = 5
"""So many refusals in a row are logged once."""
_RECORDS_A_CALL: Final = 10_000


class KinesisPoller:
    """A `RecordReader` of a Kinesis stream. Follows reshards: children are begun when their parents have been read to the end."""

    def __init__(
        self,
        client: Any,
        stream: str,
        positions: Positions,
        *,
        poll_seconds: float = POLL_SECONDS,
        buffer_bytes: int = BUFFER_BYTES,
        clock: "Callable[[], float]" = time.monotonic,
        now: "Callable[[], int]" = lambda: time.time_ns() // 1000,
        standing: StandingFile | None = None,
        wait: wait_base | None = None,
        log: "Callable[[str], None]" = lambda _: None,
    ) -> None:
        self._client = client
        self._stream = stream
        self._start = positions
        self._poll_seconds = poll_seconds
        self._buffer_bytes = buffer_bytes
        self._clock = clock
        self._now = now
        self._buffer: deque[StreamRecord] = deque()
        self._buffered = 0
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._failure: BaseException | None = None
        self._reading: set[str] = set()
        self._finished: set[str] = set()
        self._standing = standing
        self._standings: dict[str, Standing] = {}
        self._log = log
        self._patience = Retrying(
            retry=retry_if_exception(may_pass),
            wait=wait or wait_random_exponential(multiplier=poll_seconds, max=_LONGEST_WAIT_SECONDS),
            stop=stop_when_event_set(self._closed),
            sleep=sleep_using_event(self._closed),
            before_sleep=self._tell,
            reraise=True,
        )
        self._begin_readable()

    def take(self, limit: int) -> Sequence[StreamRecord]:
        """See `RecordReader.take`."""
        taken: list[StreamRecord] = []
        size = 0
        with self._changed:
            if self._failure is not None:
                raise self._failure
            while self._buffer and (not taken or size + len(self._buffer[0].data) <= limit):
                record = self._buffer.popleft()
                size += len(record.data)
                taken.append(record)
            self._buffered -= size
            self._changed.notify_all()
        return taken

    def close(self) -> None:
        """See `RecordReader.close`."""
        self._closed.set()
        with self._changed:
            self._changed.notify_all()

    def _begin_readable(self) -> None:
        shards = [_shard(shard) for shard in self._ask(list_shards, self._client, self._stream)]
        with self._changed:
            self._finished &= {shard.shard_id for shard in shards}
            begun = readable(shards, self._reading, self._finished)
            self._reading |= {shard.shard_id for shard in begun}
            self._standings = {one.shard_id: self._standings.get(one.shard_id, Standing()) for one in shards}
            self._publish()
        for shard in begun:
            threading.Thread(target=self._read_shard, args=(shard.shard_id,), name=shard.shard_id, daemon=True).start()

    def _read_shard(self, shard_id: str) -> None:
        try:
            self._poll(shard_id)
            with self._changed:
                self._reading.discard(shard_id)
                self._finished.add(shard_id)
            if not self._closed.is_set():
                self._begin_readable()
        except BaseException as failure:
            with self._changed:
                self._failure = self._failure or failure

    def _poll(self, shard_id: str) -> None:
        """Read the shard until it is closed and read out, or the poller is closed."""
        last, read_here = self._start.get(shard_id), None
        iterator = self._iterator(shard_id, last)
        while iterator and not self._closed.is_set():
            began, asked_at = self._clock(), self._now()
            try:
                answer = self._ask(self._client.get_records, ShardIterator=iterator, Limit=_RECORDS_A_CALL)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ExpiredIteratorException":
                    raise
                iterator = self._iterator(shard_id, last)
                continue
            records = [_record(shard_id, record) for record in answer["Records"]]
            if records:
                last = read_here = records[-1].sequence_number
            iterator = answer.get("NextShardIterator")
            if iterator is None or not answer.get("MillisBehindLatest", len(records)):
                self._at_tip(shard_id, FOREVER if iterator is None else asked_at, read_here)
            if records:
                self._put(records)
            self._closed.wait(max(0.0, self._poll_seconds - (self._clock() - began)))

    def _put(self, records: list[StreamRecord]) -> None:
        size = sum(len(record.data) for record in records)
        with self._changed:
            self._changed.wait_for(lambda: self._buffered < self._buffer_bytes or self._closed.is_set())
            self._buffer.extend(records)
            self._buffered += size

    def _iterator(self, shard_id: str, last: str | None) -> str:
        start = (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": last}
            if last
            else {"ShardIteratorType": "TRIM_HORIZON"}
        )
        answer = self._ask(self._client.get_shard_iterator, StreamName=self._stream, ShardId=shard_id, **start)
        return str(answer["ShardIterator"])

    def _ask[**P, T](self, call: "Callable[P, T]", *arguments: P.args, **named: P.kwargs) -> T:
        """Call, and again with growing waits for as long as what is wrong may pass. Raises what does not pass."""
        return self._patience.copy()(call, *arguments, **named)

    def _tell(self, state: RetryCallState) -> None:
        if state.attempt_number == _TOLD_AFTER and state.outcome is not None:
            self._log(f"the stream {self._stream} does not answer, and is asked again: {state.outcome.exception()!r}")

    def _at_tip(self, shard_id: str, at: int, last: str | None) -> None:
        """Say that the shard has been read to its end, before its last records can be taken."""
        with self._changed:
            self._standings[shard_id] = Standing(at, last)
            self._publish()

    def _publish(self) -> None:
        if self._standing is not None:
            self._standing.write(self._standings)


def list_shards(client: Any, stream: str) -> list[Mapping[str, Any]]:
    """Every shard the stream still has, closed ones too."""
    shards: list[Mapping[str, Any]] = []
    page = client.list_shards(StreamName=stream)
    shards.extend(page["Shards"])
    while token := page.get("NextToken"):
        page = client.list_shards(NextToken=token)
        shards.extend(page["Shards"])
    return shards


def _shard(described: Mapping[str, Any]) -> Shard:
    parents = (described.get("ParentShardId"), described.get("AdjacentParentShardId"))
    return Shard(described["ShardId"], tuple(parent for parent in parents if parent))


def _record(shard_id: str, record: Mapping[str, Any]) -> StreamRecord:
    return StreamRecord(
        record["Data"],
        record["PartitionKey"],
        record["SequenceNumber"],
        shard_id,
        record["ApproximateArrivalTimestamp"],
    )
