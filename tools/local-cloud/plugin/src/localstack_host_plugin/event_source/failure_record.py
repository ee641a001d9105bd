"""What an on-failure destination gets, and where in a bucket.

https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

import uuid
from datetime import UTC, datetime
from typing import Any

from .records import event_of
from .seams import Discarded


def record_of(discarded: Discarded, at: datetime) -> dict[str, Any]:
    """What happened, without the records themselves: what SQS and SNS get."""
    first, last = discarded.records[0], discarded.records[-1]
    context: dict[str, Any] = {
        "requestContext": {
            "requestId": discarded.answer.request_id if discarded.answer else None,
            "functionArn": discarded.function_arn,
            "condition": str(discarded.condition),
            "approximateInvokeCount": discarded.invocations,
        }
    }
    if discarded.answer:
        context["responseContext"] = {
            "statusCode": discarded.answer.status,
            "executedVersion": discarded.answer.executed_version,
            "functionError": discarded.answer.error,
        }
    return context | {
        "version": "1.0",
        "timestamp": _milliseconds(at),
        "KinesisBatchInfo": {
            "shardId": discarded.origin.shard_id,
            "startSequenceNumber": first.sequence_number,
            "endSequenceNumber": last.sequence_number,
            "approximateArrivalOfFirstRecord": _milliseconds(datetime.fromtimestamp(first.arrived_at, UTC)),
            "approximateArrivalOfLastRecord": _milliseconds(datetime.fromtimestamp(last.arrived_at, UTC)),
            "batchSize": len(discarded.records),
            "streamArn": discarded.origin.stream_arn,
        },
    }


def record_with_payload(discarded: Discarded, at: datetime) -> dict[str, Any]:
    """What S3 gets: the same with the event that the function was given."""
    return record_of(discarded, at) | {"payload": event_of(discarded.records, discarded.origin)}


def object_key(mapping_id: str, shard_id: str, at: datetime) -> str:
    """The key that Lambda chooses: a destination in S3 is a bucket, and takes no prefix of one's own."""
    return f"aws/lambda/{mapping_id}/{shard_id}/{at:%Y/%m/%d}/{at:%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"


def _milliseconds(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
