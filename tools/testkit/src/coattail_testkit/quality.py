"""Fakes of the Lambda's seams, and events as a mapping delivers them, for its own tests and those of others."""

import base64
import threading
from collections.abc import Iterable
from typing import Any

import msgspec

from coattail_common.contracts import Reject
from dq_lambda import dead_letters
from dq_lambda.dead_letters import DeadLetterError, Letter
from dq_lambda.degradation import Quality
from dq_lambda.records import StreamRecord
from dq_lambda.state import StateError, Version


class FakeDeadLetters:
    """Keeps letters in memory; those whose key has `refused` in it are not taken. `writes` counts what was really written."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.refused: str | None = None
        self.writes = 0

    def keep(self, letter: Letter) -> None:
        """See `Zone.keep`."""
        if self.refused is not None and self.refused in letter.key:
            raise DeadLetterError(letter.key)
        if letter.key not in self.objects:
            self.objects[letter.key] = letter.body
            self.writes += 1

    def rejects(self) -> list[Reject]:
        """All that is in it, by position."""
        bodies = [body for key, body in self.objects.items() if key.endswith(dead_letters.LINES)]
        found = [reject for body in bodies for reject in dead_letters.read(body)]
        return sorted(found, key=lambda one: (one.shard_id, int(one.sequence_number), one.line_number))


class FakeState:
    """A state in memory, which swaps as S3 does. One that is `away` can be neither read nor written."""

    def __init__(self) -> None:
        self.quality = Quality()
        self.away = False
        self._version = 0
        self._lock = threading.Lock()

    def get(self) -> Version:
        """See `QualityState.get`."""
        self._require_here()
        with self._lock:
            return Version(self.quality, str(self._version) if self._version else None)

    def replace(self, version: Version, quality: Quality) -> bool:
        """See `QualityState.replace`."""
        self._require_here()
        with self._lock:
            if version.tag != (str(self._version) if self._version else None):
                return False
            # As it would come back from the bucket.
            self.quality = msgspec.json.decode(msgspec.json.encode(quality), type=Quality)
            self._version += 1
            return True

    def _require_here(self) -> None:
        if self.away:
            message = "the state is away"
            raise StateError(message)


def kinesis_event(records: Iterable[StreamRecord]) -> dict[str, Any]:
    """The event in which a mapping delivers the records."""
    return {
        "Records": [
            {
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": "BTC-USDT",
                    "sequenceNumber": record.sequence_number,
                    "data": base64.b64encode(record.data).decode(),
                    "approximateArrivalTimestamp": record.arrived_at / 1_000_000,
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": f"{record.shard_id}:{record.sequence_number}",
                "eventName": "aws:kinesis:record",
                "awsRegion": "us-west-2",
                "eventSourceARN": "arn:aws:kinesis:us-west-2:000000000000:stream/crypto-pulse-trades",
            }
            for record in records
        ]
    }


def kafka_event(records: Iterable[StreamRecord]) -> dict[str, Any]:
    """The event in which a mapping of MSK delivers the records. `shard_id` is `<topic>-<partition>`."""
    partitions: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        topic, _, partition = record.shard_id.rpartition("-")
        partitions.setdefault(record.shard_id, []).append(
            {
                "topic": topic,
                "partition": int(partition),
                "offset": int(record.sequence_number),
                "timestamp": record.arrived_at // 1_000,
                "timestampType": "LOG_APPEND_TIME",
                "key": base64.b64encode(b"BTC-USDT").decode(),
                "value": base64.b64encode(record.data).decode(),
                "headers": [],
            }
        )
    return {
        "eventSource": "aws:kafka",
        "eventSourceArn": "arn:aws:kafka:us-west-2:000000000000:cluster/coattail/1",
        "bootstrapServers": "b-1.coattail.kafka.us-west-2.amazonaws.com:9098",
        "records": partitions,
    }
