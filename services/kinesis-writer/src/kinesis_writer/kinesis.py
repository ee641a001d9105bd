"""Kinesis behind the seam: aiobotocore's client, one attempt a call (the schedule repeats), every failure one error."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiobotocore.config import AioConfig
from botocore.exceptions import BotoCoreError, ClientError

from coattail_runtime.aws import open_client
from kinesis_writer.stream import Record, Refusal, StreamUnavailableError

_CONNECT_SECONDS: Final = 3
_ANSWER_SECONDS: Final = 10
_USER_AGENT: Final = "coattail-kinesis-writer"
"""botocore's own is put together again for each call, twice."""


class KinesisStream:
    """A stream of Kinesis as `PutRecords`."""

    def __init__(self, client: Any, stream: str) -> None:
        self._client = client
        self._stream = stream

    async def __call__(self, records: Sequence[Record]) -> Sequence[Refusal | None]:
        """See `PutRecords`."""
        entries = [{"PartitionKey": record.partition_key, "Data": record.payload} for record in records]
        try:
            answer = await self._client.put_records(StreamName=self._stream, Records=entries)
        except (BotoCoreError, ClientError, OSError) as error:
            raise StreamUnavailableError(describe(error)) from error
        results = answer.get("Records", ())
        if len(results) != len(records):  # whatever answered, it was not Kinesis
            problem = f"the answer says what became of {len(results)} of {len(records)} records"
            raise StreamUnavailableError(problem)
        return [
            Refusal(result["ErrorCode"], result.get("ErrorMessage", "")) if result.get("ErrorCode") else None
            for result in results
        ]

    async def check(self) -> None:
        """Ask for the stream. Raises `StreamUnavailableError` when it is not there or not active."""
        try:
            answer = await self._client.describe_stream_summary(StreamName=self._stream)
        except (BotoCoreError, ClientError, OSError) as error:
            raise StreamUnavailableError(describe(error)) from error
        status = answer.get("StreamDescriptionSummary", {}).get("StreamStatus", "not described")
        if status not in ("ACTIVE", "UPDATING"):
            problem = f"stream {self._stream} is {status}"
            raise StreamUnavailableError(problem)


@asynccontextmanager
async def open_stream(stream: str, region: str, *, calls: int) -> AsyncIterator[KinesisStream]:
    """The stream, while the context is open.

    Endpoint and credentials come from the environment as botocore reads it.
    """
    config = AioConfig(
        region_name=region,
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_ANSWER_SECONDS,
        max_pool_connections=calls + 1,
        retries={"total_max_attempts": 1},
        user_agent=_USER_AGENT,
    )
    async with open_client("kinesis", config) as client:
        yield KinesisStream(client, stream)


def describe(error: Exception) -> str:
    """The error on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())
