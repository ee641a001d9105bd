"""What stands behind the fault proxy of Kinesis: the seam, its records, and a stream in memory that is always well."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec
from aiohttp import web

PREFIX: Final = "Kinesis_20131202."
CONTENT_TYPE: Final = "application/x-amz-json-1.1"


class Entry(msgspec.Struct, frozen=True, rename="pascal"):
    """A record that is to be put. `data` travels as base64."""

    data: bytes
    partition_key: str


class Result(msgspec.Struct, frozen=True, rename="pascal", omit_defaults=True):
    """What became of it: a sequence number, or an error code."""

    sequence_number: str | None = None
    shard_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None


class PutRequest(msgspec.Struct, frozen=True, rename="pascal"):
    """The body of PutRecords, as the writer sends it."""

    stream_name: str
    records: tuple[Entry, ...]


class PutAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The body of its answer."""

    failed_record_count: int
    records: tuple[Result, ...]


class Asked(msgspec.Struct, frozen=True):
    """A call as it came: `operation` without the service's prefix."""

    operation: str
    headers: dict[str, str]
    body: bytes


class Kinesis(Protocol):
    """A stream that the proxy stands before. Raises `OSError` when it does not answer."""

    async def put(self, asked: Asked, request: PutRequest) -> Sequence[Result]:
        """Put the records of `request`, which is what the proxy lets through of what was `asked`; one result for each."""
        ...

    async def other(self, asked: Asked) -> web.Response:
        """The answer to any other call."""
        ...


class FakeKinesis:
    """A stream of one shard in memory. It passes each record to `accepted` in the order of its sequence number, and keeps none."""

    def __init__(self, accepted: Callable[[bytes], None]) -> None:
        self._accepted = accepted
        self._sequence = 0

    async def put(self, asked: Asked, request: PutRequest) -> Sequence[Result]:  # noqa: ARG002
        """See `Kinesis.put`."""
        return [self._put(entry) for entry in request.records]

    async def other(self, asked: Asked) -> web.Response:
        """See `Kinesis.other`."""
        if asked.operation != "DescribeStreamSummary":
            return failure(400, "UnknownOperationException", asked.operation)
        body = b'{"StreamDescriptionSummary":{"StreamStatus":"ACTIVE"}}'
        return web.Response(body=body, content_type=CONTENT_TYPE)

    def _put(self, entry: Entry) -> Result:
        self._sequence += 1
        self._accepted(entry.data)
        return Result(sequence_number=f"{self._sequence:056}", shard_id="shardId-000000000000")


def failure(status: int, kind: str, message: str) -> web.Response:
    """An answer that says that a call failed as a whole."""
    body = msgspec.json.encode({"__type": kind, "message": message})
    return web.Response(status=status, body=body, content_type=CONTENT_TYPE)
