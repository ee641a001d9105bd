"""A Kinesis elsewhere behind the proxy, as LocalStack's: what its stream holds is read back from it, shard by shard."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any, Final
from uuid import uuid4

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError

from coattail_chaos.errors import ChaosError
from coattail_chaos.services import AWS
from coattail_harness.waiting import until
from coattail_testing.kinesis import Kinesis

_SHARDS: Final = 2
_ACTIVE_SECONDS: Final = 60.0
_AGAIN_SECONDS: Final = 0.2
_CALLS: Final = 100
"""At once: those of all writers, and of the readers."""
_CONFIG: Final = AioConfig(
    connect_timeout=3, read_timeout=10, max_pool_connections=_CALLS, retries={"total_max_attempts": 1}
)
_TROUBLE: Final = (BotoCoreError, ClientError, OSError)


@contextlib.asynccontextmanager
async def remote(
    url: str, accepted: Callable[[bytes], None], group: asyncio.TaskGroup
) -> AsyncIterator[tuple[Kinesis, str]]:
    """Create a stream in the Kinesis at `url`; yield a client and the stream's name, and delete it at the end. Each record goes to
    `accepted`, read back in the order of its shard. Raises `ChaosError` when the stream cannot be created.
    """
    stream = f"coattail-chaos-{uuid4().hex[:8]}"
    credentials = {"aws_access_key_id": AWS["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": AWS["AWS_SECRET_ACCESS_KEY"]}
    async with get_session().create_client(
        "kinesis", region_name=AWS["AWS_DEFAULT_REGION"], endpoint_url=url, config=_CONFIG, **credentials
    ) as client:
        try:
            await client.create_stream(StreamName=stream, ShardCount=_SHARDS)
            await until(lambda: _is_active(client, stream), f"stream {stream} is active", _ACTIVE_SECONDS)
            shards = (await client.list_shards(StreamName=stream))["Shards"]
        except _TROUBLE as error:
            raise ChaosError(f"the Kinesis at {url} cannot be used: {error}") from error
        readers = [group.create_task(_read(client, stream, shard["ShardId"], accepted)) for shard in shards]
        try:
            yield client, stream
        finally:
            for reader in readers:
                reader.cancel()
            with contextlib.suppress(*_TROUBLE):
                await client.delete_stream(StreamName=stream)


async def _is_active(client: Any, stream: str) -> bool:
    answer = await client.describe_stream_summary(StreamName=stream)
    return bool(answer["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")


async def _read(client: Any, stream: str, shard: str, accepted: Callable[[bytes], None]) -> None:
    """Tell every record of a shard, until cancelled. Trouble is waited out: the reader goes on behind the last record."""
    last: str | None = None
    while True:
        with contextlib.suppress(*_TROUBLE):
            start = {"ShardIteratorType": "TRIM_HORIZON"}
            if last is not None:
                start = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": last}
            answer = await client.get_shard_iterator(StreamName=stream, ShardId=shard, **start)
            iterator = answer["ShardIterator"]
            while True:
                answer = await client.get_records(ShardIterator=iterator)
                for record in answer["Records"]:
                    last = record["SequenceNumber"]
                    accepted(record["Data"])
                iterator = answer["NextShardIterator"]
                if not answer["Records"]:
                    await asyncio.sleep(_AGAIN_SECONDS)
        await asyncio.sleep(_AGAIN_SECONDS)
