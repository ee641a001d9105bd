"""The seams of a mapping over LocalStack's own clients."""

import json
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from .failure_record import object_key, record_of, record_with_payload
from .records import StreamRecord
from .seams import Answer, Destination, Discarded, NotInvokedError, Page, ShardInfo
from .settings import Start, UnsupportedMappingError


class KinesisSource:
    """`Source` of a stream. `kinesis`: a client of its account and region."""

    def __init__(self, kinesis: Any, stream_arn: str) -> None:
        self._kinesis = kinesis
        self._stream_arn = stream_arn

    def shards(self) -> list[ShardInfo]:
        pages = self._kinesis.get_paginator("list_shards").paginate(StreamARN=self._stream_arn)
        return [_shard_info(shard) for page in pages for shard in page["Shards"]]

    def iterator_from(self, shard_id: str, start: Start) -> str:
        timestamp = {"Timestamp": start.timestamp} if start.timestamp else {}
        return self._iterator(shard_id, start.position, timestamp)

    def iterator_after(self, shard_id: str, sequence_number: str) -> str:
        return self._iterator(shard_id, "AFTER_SEQUENCE_NUMBER", {"StartingSequenceNumber": sequence_number})

    def read(self, iterator: str, limit: int) -> Page:
        answer = self._kinesis.get_records(ShardIterator=iterator, Limit=limit, StreamARN=self._stream_arn)
        records = [
            StreamRecord(
                record["SequenceNumber"],
                record["PartitionKey"],
                record["Data"],
                record["ApproximateArrivalTimestamp"].timestamp(),
            )
            for record in answer["Records"]
        ]
        return Page(records, answer.get("NextShardIterator"))

    def _iterator(self, shard_id: str, kind: str, further: dict[str, Any]) -> str:
        answer = self._kinesis.get_shard_iterator(
            StreamARN=self._stream_arn, ShardId=shard_id, ShardIteratorType=kind, **further
        )
        iterator: str = answer["ShardIterator"]
        return iterator


class LambdaFunction:
    """`Function` by synchronous invocation. `client`: one that waits as long as a function may run, and never repeats."""

    def __init__(self, client: Any, arn: str) -> None:
        self.arn = arn
        self._client = client

    def invoke(self, event: bytes) -> Answer:
        try:
            answer = self._client.invoke(FunctionName=self.arn, Payload=event, InvocationType="RequestResponse")
        except ClientError as error:
            raise NotInvokedError(str(error)) from error
        return Answer(
            payload=answer["Payload"].read(),
            error=answer.get("FunctionError"),
            request_id=answer["ResponseMetadata"]["RequestId"],
            executed_version=answer.get("ExecutedVersion", "$LATEST"),
            status=answer["StatusCode"],
        )


class BucketDestination:
    """`Destination` that is an S3 bucket: what was discarded, with its payload."""

    def __init__(self, s3: Any, bucket: str, mapping_id: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._mapping_id = mapping_id

    def put(self, discarded: Discarded) -> None:
        now = datetime.now(UTC)
        body = json.dumps(record_with_payload(discarded, now)).encode()
        key = object_key(self._mapping_id, discarded.origin.shard_id, now)
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json")


class QueueDestination:
    """`Destination` that is an SQS queue: what was discarded, without its payload."""

    def __init__(self, sqs: Any, name: str) -> None:
        self._sqs = sqs
        self._name = name

    def put(self, discarded: Discarded) -> None:
        url = self._sqs.get_queue_url(QueueName=self._name)["QueueUrl"]
        self._sqs.send_message(QueueUrl=url, MessageBody=json.dumps(record_of(discarded, datetime.now(UTC))))


def destination_of(arn: str, client: Any, mapping_id: str) -> Destination:
    """`client`: of the service that `arn` names. Raises `UnsupportedMappingError` unless it is S3 or SQS."""
    service, name = arn.split(":")[2], arn.split(":", 5)[5]
    if service == "s3":
        return BucketDestination(client, name, mapping_id)
    if service == "sqs":
        return QueueDestination(client, name)
    raise UnsupportedMappingError(f"an on-failure destination of {service} is not supported here: s3 and sqs are")


def _shard_info(shard: dict[str, Any]) -> ShardInfo:
    parents = (shard.get("ParentShardId"), shard.get("AdjacentParentShardId"))
    return ShardInfo(
        shard["ShardId"],
        tuple(parent for parent in parents if parent),
        "EndingSequenceNumber" not in shard["SequenceNumberRange"],
    )
