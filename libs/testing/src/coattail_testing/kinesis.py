"""A stream of Kinesis in memory, as aiobotocore's client and by its protocol over HTTP.

Source: the API reference of Kinesis Data Streams, PutRecords: a refused record has `ErrorCode` and `ErrorMessage` in the answer, in
its place, and `FailedRecordCount` counts them. The bodies of requests and answers (JSON 1.1) have the fields of the client's
arguments and results; `Data` travels as base64.
"""

import asyncio
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final, NotRequired, Protocol, TypedDict

import msgspec
from aiohttp import web

CONTENT_TYPE: Final = "application/x-amz-json-1.1"
_TARGET: Final = "X-Amz-Target"
PREFIX: Final = "Kinesis_20131202."


class Entry(TypedDict):
    """A record that is to be put."""

    Data: bytes
    PartitionKey: str


class PutRequest(TypedDict):
    """What PutRecords is called with."""

    StreamName: str
    Records: list[Entry]


class Result(TypedDict):
    """What became of a record: a sequence number, or an error code."""

    SequenceNumber: NotRequired[str]
    ShardId: NotRequired[str]
    ErrorCode: NotRequired[str]
    ErrorMessage: NotRequired[str]


class PutAnswer(TypedDict):
    """What PutRecords returns."""

    FailedRecordCount: int
    Records: Sequence[Result]


_ACCEPTED: Final = Result(SequenceNumber="1", ShardId="shardId-000000000000")
REFUSED: Final = Result(ErrorCode="ProvisionedThroughputExceededException", ErrorMessage="Rate exceeded for shard.")

decode_put: Final = msgspec.json.Decoder(PutRequest).decode
"""Read the body of a PutRecords."""


class Kinesis(Protocol):
    """The part of aiobotocore's client that a writer calls."""

    async def put_records(self, *, StreamName: str, Records: Sequence[Entry]) -> Any:  # noqa: N803
        """Put records; return a `PutAnswer`."""

    async def describe_stream_summary(self, *, StreamName: str) -> Any:  # noqa: N803
        """Return the status of the stream."""


class FakeKinesis:
    """A stream of one shard. Each record that it accepts goes to `accepted`, with its partition key, in order, and is forgotten.

    It answers PutRecords after `answer_seconds`, and refuses a record with the chance `refuses`. It makes no sequence numbers: in a
    benchmark its own time counts.
    """

    def __init__(
        self, accepted: Callable[[tuple[str, bytes]], object], *, answer_seconds: float = 0.0, refuses: float = 0.0
    ) -> None:
        self.refuses = refuses
        self._accepted = accepted
        self._answer_seconds = answer_seconds
        self._random = Random(1)  # noqa: S311

    async def put_records(self, *, Records: Sequence[Entry], StreamName: str = "") -> PutAnswer:  # noqa: ARG002, N803
        """See `Kinesis.put_records`."""
        await asyncio.sleep(self._answer_seconds)
        answers: list[Result] = []
        for record in Records:
            if self.refuses and self._random.random() < self.refuses:
                answers.append(REFUSED)
            else:
                self._accepted((record["PartitionKey"], record["Data"]))
                answers.append(_ACCEPTED)
        return put_answer(answers)

    async def describe_stream_summary(self, *, StreamName: str = "") -> dict[str, Any]:  # noqa: ARG002, N803
        """See `Kinesis.describe_stream_summary`."""
        return {"StreamDescriptionSummary": {"StreamStatus": "ACTIVE"}}

    async def close(self) -> None:
        """As aiobotocore's."""

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a call over HTTP."""
        return await answer(self, operation(request), await request.read())


async def answer(kinesis: Kinesis, called: str, body: bytes) -> web.Response:
    """Return what `kinesis` answers to a call over HTTP."""
    if called == "PutRecords":
        return response(await kinesis.put_records(**decode_put(body)))
    if called == "DescribeStreamSummary":
        described = await kinesis.describe_stream_summary(**msgspec.json.decode(body))
        status = described["StreamDescriptionSummary"]["StreamStatus"]
        return response({"StreamDescriptionSummary": {"StreamStatus": status}})
    return failure(400, "UnknownOperationException", called)


def operation(request: web.Request) -> str:
    """Return which operation a request calls, without the service's prefix."""
    return request.headers.get(_TARGET, "").removeprefix(PREFIX)


def put_answer(results: Sequence[Result]) -> PutAnswer:
    """Return the answer to a PutRecords, one result for each of its records."""
    return {"FailedRecordCount": sum("ErrorCode" in one for one in results), "Records": results}


def response(body: object, status: int = 200) -> web.Response:
    """Return an answer over HTTP."""
    return web.Response(status=status, body=msgspec.json.encode(body), content_type=CONTENT_TYPE)


def failure(status: int, kind: str, message: str) -> web.Response:
    """Return an answer that says that a call failed as a whole."""
    return response({"__type": kind, "message": message}, status)
