"""A stream's records, and the event in which a function gets them."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# A synchronous invocation takes 6 MB. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_EVENT_BYTES = 6 * 1024 * 1024

# What an event says of a record besides its data, by a wide margin (ARNs have 2,048 characters at most, most have 100).
_BYTES_BESIDE_DATA = 1024


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """`arrived_at`: seconds since the epoch, UTC."""

    sequence_number: str
    partition_key: str
    data: bytes
    arrived_at: float

    @property
    def event_bytes(self) -> int:
        """What it takes in an event, or a little more."""
        return len(self.data) * 4 // 3 + len(self.partition_key) + _BYTES_BESIDE_DATA

    def lane(self, lanes: int) -> int:
        """Which of a shard's `lanes` carries it: one lane for each partition key, so that its order is kept."""
        digest = hashlib.md5(self.partition_key.encode(), usedforsecurity=False).digest()
        return int.from_bytes(digest[:8]) % lanes


@dataclass(frozen=True, slots=True)
class Origin:
    """Where records come from and in whose name, as each event says it."""

    stream_arn: str
    shard_id: str
    role_arn: str

    @property
    def region(self) -> str:
        return self.stream_arn.split(":")[3]


def event_of(records: Sequence[StreamRecord], origin: Origin) -> dict[str, Any]:
    """The event, as JSON has it."""
    return {"Records": [_member(record, origin) for record in records]}


def encoded(event: dict[str, Any]) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()


def _member(record: StreamRecord, origin: Origin) -> dict[str, Any]:
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record.partition_key,
            "sequenceNumber": record.sequence_number,
            "data": base64.b64encode(record.data).decode(),
            "approximateArrivalTimestamp": round(record.arrived_at, 3),
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{origin.shard_id}:{record.sequence_number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": origin.role_arn,
        "awsRegion": origin.region,
        "eventSourceARN": origin.stream_arn,
    }
