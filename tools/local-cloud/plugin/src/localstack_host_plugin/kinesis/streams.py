"""Every stream of every account and region, by name or ARN."""

import re
import threading
from collections.abc import Callable

from .errors import InvalidArgumentError, ResourceInUseError, ResourceNotFoundError
from .stream import ON_DEMAND_SHARDS, Clock, Stream, StreamSettings

_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,128}")
MAX_SHARDS = 500


class Streams:
    """The streams of one account in one region."""

    def __init__(self, account_id: str, region: str, clock: Clock) -> None:
        self._arn_prefix = f"arn:aws:kinesis:{region}:{account_id}:stream/"
        self._clock = clock
        self._streams: dict[str, Stream] = {}
        self._lock = threading.Lock()

    def create(self, name: str, shard_count: int | None, settings: StreamSettings) -> Stream:
        """Raises `ResourceInUseError` for a taken name, `InvalidArgumentError` for a bad name or number of shards."""
        if not _NAME.fullmatch(name):
            raise InvalidArgumentError(f"StreamName {name!r} must match {_NAME.pattern}")
        if settings.mode == "ON_DEMAND":
            shard_count = ON_DEMAND_SHARDS
        if shard_count is None or not 1 <= shard_count <= MAX_SHARDS:
            raise InvalidArgumentError(f"ShardCount {shard_count} of stream {name} must be 1 to {MAX_SHARDS}")
        with self._lock:
            if name in self._streams:
                raise ResourceInUseError(f"Stream {name} already exists")
            stream = self._streams[name] = Stream(self._arn_prefix + name, shard_count, settings, self._clock)
        return stream

    def get(self, name: str | None, arn: str | None = None) -> Stream:
        """By name, or by ARN where there is no name. Raises `ResourceNotFoundError`."""
        wanted = name or (arn or "").rpartition("/")[2]
        try:
            return self._streams[wanted]
        except KeyError:
            raise ResourceNotFoundError(f"Stream {wanted or '(no name)'} not found at {self._arn_prefix}") from None

    def delete(self, stream: Stream) -> None:
        with self._lock:
            self._streams.pop(stream.name, None)

    def all(self) -> list[Stream]:
        with self._lock:
            return sorted(self._streams.values(), key=lambda stream: stream.name)


class Accounts:
    """The `Streams` of each account and region, made when first asked for."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._streams: dict[tuple[str, str], Streams] = {}
        self._lock = threading.Lock()

    def streams(self, account_id: str, region: str) -> Streams:
        with self._lock:
            return self._streams.setdefault((account_id, region), Streams(account_id, region, self._clock))
