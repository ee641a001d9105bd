"""What a mapping stands between: a stream it reads, a function it calls, a destination for what the function refuses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from .records import Origin, StreamRecord
from .settings import Start


@dataclass(frozen=True, slots=True)
class ShardInfo:
    """A shard as the stream lists it; `is_open` while it takes records."""

    shard_id: str
    parents: tuple[str, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Page:
    """What one read gave. `next_iterator` is None where a closed shard has been read to its end."""

    records: list[StreamRecord]
    next_iterator: str | None


class Source(Protocol):
    """A stream. Every method may raise what its API raises; the caller tries again."""

    def shards(self) -> list[ShardInfo]:
        """All of them, closed ones too."""

    def iterator_from(self, shard_id: str, start: Start) -> str: ...

    def iterator_after(self, shard_id: str, sequence_number: str) -> str: ...

    def read(self, iterator: str, limit: int) -> Page: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A function's. `payload` is JSON; `error` is `Unhandled` or `Handled` where the invocation failed."""

    payload: bytes
    error: str | None
    request_id: str
    executed_version: str = "$LATEST"
    status: int = 200


class NotInvokedError(Exception):
    """The function was not called: throttled, not active yet, gone. No attempt is counted."""


class Function(Protocol):
    arn: str

    def invoke(self, event: bytes) -> Answer:
        """Calls it and waits for its end. Raises `NotInvokedError`."""


class Condition(StrEnum):
    """Why records were given up."""

    RETRIES_EXHAUSTED = "RetryAttemptsExhausted"
    TOO_OLD = "RecordAgeExceeded"


@dataclass(frozen=True, slots=True)
class Discarded:
    """Records that were given up. `answer` is the last one; none where they grew too old before any call."""

    records: Sequence[StreamRecord]
    origin: Origin
    function_arn: str
    condition: Condition
    invocations: int
    answer: Answer | None


class Destination(Protocol):
    def put(self, discarded: Discarded) -> None:
        """Keeps them. May raise what its API raises; the caller tries again, for records are never dropped."""


# Waits so many seconds, or until the mapping is stopped, which it tells by True.
Pause = Callable[[float], bool]
