"""Stand-ins for what a mapping is between: a stream, a function, a destination. In memory, and asked nothing twice."""

import json
import threading
from collections.abc import Callable, Sequence

from .records import StreamRecord
from .seams import Answer, Discarded, NotInvokedError, Page, ShardInfo
from .settings import Start


def records_of(*texts: str, first: int = 1, arrived_at: float = 0.0) -> list[StreamRecord]:
    """Records with these texts as data and as partition keys, and sequence numbers that rise from `first`."""
    return [StreamRecord(str(first + at), text, text.encode(), arrived_at) for at, text in enumerate(texts)]


def texts_of(event: bytes) -> list[str]:
    """The partition keys in an event that a function got: the texts of `records_of`."""
    return [record["kinesis"]["partitionKey"] for record in json.loads(event)["Records"]]


# From the texts of a batch to what the function answers; raises `NotInvokedError` where it is not called.
Behaviour = Callable[[list[str]], Answer]

TAKEN = Answer(b"null", None, "request")
FAILED = Answer(b'{"errorMessage":"no"}', "Unhandled", "request")


def failing_from(sequence_number: str) -> Answer:
    """An answer that reports this record as the first that failed."""
    failures = {"batchItemFailures": [{"itemIdentifier": sequence_number}]}
    return Answer(json.dumps(failures).encode(), None, "request")


class FakeFunction:
    """Answers by `behaviour`, and keeps the texts of each batch it was called with."""

    arn = "arn:aws:lambda:us-west-2:000000000000:function:example"

    def __init__(self, behaviour: Behaviour) -> None:
        self.calls: list[list[str]] = []
        self._behaviour = behaviour
        self._lock = threading.Lock()

    def invoke(self, event: bytes) -> Answer:
        texts = texts_of(event)
        answer = self._behaviour(texts)
        with self._lock:
            self.calls.append(texts)
        return answer


class FakeDestination:
    """Keeps what is put; refuses the first `refusals` times."""

    def __init__(self, refusals: int = 0) -> None:
        self.kept: list[Discarded] = []
        self._refusals = refusals

    def put(self, discarded: Discarded) -> None:
        if self._refusals:
            self._refusals -= 1
            raise ConnectionError("the destination does not answer")
        self.kept.append(discarded)

    @property
    def texts(self) -> list[list[str]]:
        return [[record.partition_key for record in discarded.records] for discarded in self.kept]


class FakeStream:
    """A `Source` of closed or open shards with fixed records. An iterator is `<shard>:<position in its records>`."""

    def __init__(self, shards: Sequence[ShardInfo], records: dict[str, list[StreamRecord]]) -> None:
        self.listed = list(shards)
        self.records = records
        self.started: list[tuple[str, str]] = []

    def shards(self) -> list[ShardInfo]:
        return self.listed

    def iterator_from(self, shard_id: str, start: Start) -> str:
        self.started.append((shard_id, start.position))
        at = len(self.records[shard_id]) if start.position == "LATEST" else 0
        return f"{shard_id}:{at}"

    def iterator_after(self, shard_id: str, sequence_number: str) -> str:
        self.started.append((shard_id, sequence_number))
        later = [record for record in self.records[shard_id] if int(record.sequence_number) > int(sequence_number)]
        return f"{shard_id}:{len(self.records[shard_id]) - len(later)}"

    def read(self, iterator: str, limit: int) -> Page:
        shard_id, _, position = iterator.partition(":")
        first = int(position)
        page = self.records[shard_id][first : first + limit]
        end = first + len(page)
        is_open = next(shard for shard in self.listed if shard.shard_id == shard_id).is_open
        is_over = not is_open and end == len(self.records[shard_id])
        return Page(page, None if is_over else f"{shard_id}:{end}")


def throttled(times: int) -> Behaviour:
    """A function that is not called the first `times` times, and takes everything then."""
    left = iter(range(times))

    def behaviour(_texts: list[str]) -> Answer:
        if next(left, None) is not None:
            raise NotInvokedError("Rate Exceeded.")
        return TAKEN

    return behaviour
