"""The Kinesis API over `Streams`: parses requests that LocalStack has decoded, and shapes the answers."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from localstack.aws.api import RequestContext

from localstack_host_plugin.operations import Operation, Request, Response, translated

from .errors import InvalidArgumentError, KinesisError, ValidationError
from .iterator import ShardIterator
from .shard import MAX_RECORDS_PER_READ, Shard
from .stream import Entry, Stream, StreamSettings
from .streams import Accounts, Streams

MAX_RECORDS_PER_WRITE = 500
MAX_RECORD_BYTES = 1024 * 1024
MAX_WRITE_BYTES = 5 * 1024 * 1024


class Kinesis:
    """Each public method is the operation of that name in lower case. `clock`: seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._accounts = Accounts(clock)

    def table(self) -> dict[str, Operation]:
        operations = {
            "CreateStream": self.create_stream,
            "DeleteStream": self.delete_stream,
            "DescribeStream": self.describe_stream,
            "DescribeStreamSummary": self.describe_stream_summary,
            "ListStreams": self.list_streams,
            "ListShards": self.list_shards,
            "GetShardIterator": self.get_shard_iterator,
            "GetRecords": self.get_records,
            "PutRecord": self.put_record,
            "PutRecords": self.put_records,
            "SplitShard": self.split_shard,
            "MergeShards": self.merge_shards,
            "UpdateShardCount": self.update_shard_count,
            "UpdateStreamMode": self.update_stream_mode,
            "IncreaseStreamRetentionPeriod": self.set_retention_period,
            "DecreaseStreamRetentionPeriod": self.set_retention_period,
            "StartStreamEncryption": self.start_stream_encryption,
            "StopStreamEncryption": self.stop_stream_encryption,
            "AddTagsToStream": self.add_tags,
            "TagResource": self.add_tags,
            "RemoveTagsFromStream": self.remove_tags,
            "UntagResource": self.remove_tags,
            "ListTagsForStream": self.list_tags,
            "ListTagsForResource": self.list_tags,
        }
        return {name: translated(call, KinesisError, _code) for name, call in operations.items()}

    def create_stream(self, context: RequestContext, request: Request) -> Response:
        mode = request.get("StreamModeDetails", {}).get("StreamMode", "PROVISIONED")
        settings = StreamSettings(mode, tags=dict(request.get("Tags", {})))
        self._streams(context).create(request["StreamName"], request.get("ShardCount"), settings)
        return {}

    def delete_stream(self, context: RequestContext, request: Request) -> Response:
        self._streams(context).delete(self._stream(context, request))
        return {}

    def describe_stream(self, context: RequestContext, request: Request) -> Response:
        stream = self._stream(context, request)
        shards, more = _page(stream.shards(), request.get("ExclusiveStartShardId"), request.get("Limit", 100))
        return {
            "StreamDescription": _described(stream)
            | {"Shards": [_shard(shard) for shard in shards], "HasMoreShards": more}
        }

    def describe_stream_summary(self, context: RequestContext, request: Request) -> Response:
        stream = self._stream(context, request)
        counts = {"OpenShardCount": len(stream.open_shards()), "ConsumerCount": 0}
        return {"StreamDescriptionSummary": _described(stream) | counts}

    def list_streams(self, context: RequestContext, request: Request) -> Response:
        after = request.get("ExclusiveStartStreamName") or request.get("NextToken") or ""
        streams = [stream for stream in self._streams(context).all() if stream.name > after]
        page = streams[: request.get("Limit", 100)]
        more = len(page) < len(streams)
        token = {"NextToken": page[-1].name} if more else {}
        return {
            "StreamNames": [stream.name for stream in page],
            "StreamSummaries": [_summary(stream) for stream in page],
            "HasMoreStreams": more,
        } | token

    def list_shards(self, context: RequestContext, request: Request) -> Response:
        name, _, after = request.get("NextToken", "").partition(":")
        stream = self._streams(context).get(name) if name else self._stream(context, request)
        shards = stream.shards()
        if request.get("ShardFilter", {}).get("Type") == "AT_LATEST":
            shards = stream.open_shards()
        shards, more = _page(shards, after or request.get("ExclusiveStartShardId"), request.get("MaxResults", 1000))
        token = {"NextToken": f"{stream.name}:{shards[-1].shard_id}"} if more else {}
        return {"Shards": [_shard(shard) for shard in shards]} | token

    def get_shard_iterator(self, context: RequestContext, request: Request) -> Response:
        stream = self._stream(context, request)
        shard = stream.shard(request["ShardId"])
        return {"ShardIterator": self._iterator(stream, shard, _position(shard, request)).encode()}

    def get_records(self, context: RequestContext, request: Request) -> Response:
        limit = request.get("Limit", MAX_RECORDS_PER_READ)
        if not 1 <= limit <= MAX_RECORDS_PER_READ:
            raise InvalidArgumentError(f"Limit {limit} must be 1 to {MAX_RECORDS_PER_READ}")
        iterator = ShardIterator.decode(request["ShardIterator"], self._clock())
        stream = self._streams(context).get(iterator.stream_name)
        page = stream.read(iterator.shard_id, iterator.after, limit)
        shard = stream.shard(iterator.shard_id)
        answer: Response = {
            "Records": [
                {
                    "SequenceNumber": str(record.sequence_number),
                    "ApproximateArrivalTimestamp": datetime.fromtimestamp(record.arrived_at, UTC),
                    "Data": record.data,
                    "PartitionKey": record.partition_key,
                }
                for record in page.records
            ],
            "MillisBehindLatest": int(page.seconds_behind * 1000),
        }
        if shard.is_read_to_the_end(page.last_sequence_number):
            answer["ChildShards"] = [_child(child) for child in stream.children(shard.shard_id)]
        else:
            answer["NextShardIterator"] = self._iterator(stream, shard, page.last_sequence_number).encode()
        return answer

    def put_record(self, context: RequestContext, request: Request) -> Response:
        (placed,) = self._stream(context, request).put([_entry(request)])
        return {"ShardId": placed.shard_id, "SequenceNumber": str(placed.sequence_number)}

    def put_records(self, context: RequestContext, request: Request) -> Response:
        entries = [_entry(record) for record in request["Records"]]
        if not 1 <= len(entries) <= MAX_RECORDS_PER_WRITE:
            raise ValidationError(f"Records has {len(entries)} members: 1 to {MAX_RECORDS_PER_WRITE} are accepted")
        if sum(len(entry.data) + len(entry.partition_key.encode()) for entry in entries) > MAX_WRITE_BYTES:
            raise InvalidArgumentError("Records size exceeds 5 MB limit")
        placed = self._stream(context, request).put(entries)
        records = [{"ShardId": at.shard_id, "SequenceNumber": str(at.sequence_number)} for at in placed]
        return {"FailedRecordCount": 0, "Records": records}

    def split_shard(self, context: RequestContext, request: Request) -> Response:
        hash_key = _integer(request["NewStartingHashKey"], "NewStartingHashKey")
        self._stream(context, request).split(request["ShardToSplit"], hash_key)
        return {}

    def merge_shards(self, context: RequestContext, request: Request) -> Response:
        self._stream(context, request).merge(request["ShardToMerge"], request["AdjacentShardToMerge"])
        return {}

    def update_shard_count(self, context: RequestContext, request: Request) -> Response:
        stream = self._stream(context, request)
        before = len(stream.open_shards())
        stream.resize(request["TargetShardCount"])
        return {
            "StreamName": stream.name,
            "StreamARN": stream.arn,
            "CurrentShardCount": before,
            "TargetShardCount": request["TargetShardCount"],
        }

    def update_stream_mode(self, context: RequestContext, request: Request) -> Response:
        self._stream(context, request).settings.mode = request["StreamModeDetails"]["StreamMode"]
        return {}

    def set_retention_period(self, context: RequestContext, request: Request) -> Response:
        hours = request["RetentionPeriodHours"]
        if not 24 <= hours <= 8760:
            raise InvalidArgumentError(f"RetentionPeriodHours {hours} must be 24 to 8760")
        self._stream(context, request).settings.retention_hours = hours
        return {}

    def start_stream_encryption(self, context: RequestContext, request: Request) -> Response:
        settings = self._stream(context, request).settings
        settings.encryption_type, settings.key_id = request["EncryptionType"], request["KeyId"]
        return {}

    def stop_stream_encryption(self, context: RequestContext, request: Request) -> Response:
        settings = self._stream(context, request).settings
        settings.encryption_type, settings.key_id = "NONE", None
        return {}

    def add_tags(self, context: RequestContext, request: Request) -> Response:
        self._stream(context, request).settings.tags.update(request["Tags"])
        return {}

    def remove_tags(self, context: RequestContext, request: Request) -> Response:
        tags = self._stream(context, request).settings.tags
        for key in request["TagKeys"]:
            tags.pop(key, None)
        return {}

    def list_tags(self, context: RequestContext, request: Request) -> Response:
        tags = self._stream(context, request).settings.tags
        listed = {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}
        return listed if "ResourceARN" in request else listed | {"HasMoreTags": False}

    def _streams(self, context: RequestContext) -> Streams:
        return self._accounts.streams(context.account_id, context.region)

    def _stream(self, context: RequestContext, request: Request) -> Stream:
        arn = request.get("StreamARN") or request.get("ResourceARN")
        return self._streams(context).get(request.get("StreamName"), arn)

    def _iterator(self, stream: Stream, shard: Shard, after: int) -> ShardIterator:
        return ShardIterator(stream.name, shard.shard_id, after, self._clock())


def _code(error: Exception) -> str:
    return error.code if isinstance(error, KinesisError) else KinesisError.code


def _entry(record: Request) -> Entry:
    data, key = record["Data"], record["PartitionKey"]
    if len(data) > MAX_RECORD_BYTES:
        raise ValidationError(f"Data of partition key {key!r} has {len(data)} bytes: {MAX_RECORD_BYTES} are accepted")
    if not 1 <= len(key) <= 256:
        raise ValidationError(f"PartitionKey {key[:32]!r} has {len(key)} characters: 1 to 256 are accepted")
    explicit = record.get("ExplicitHashKey")
    return Entry(key, data, None if explicit is None else _hash_key(explicit))


def _hash_key(text: str) -> int:
    hash_key = _integer(text, "ExplicitHashKey")
    if not 0 <= hash_key < 2**128:
        raise InvalidArgumentError(f"ExplicitHashKey {text} must be 0 to 2^128 - 1")
    return hash_key


def _position(shard: Shard, request: Request) -> int:
    """The sequence number behind which the asked-for reading starts."""
    match request["ShardIteratorType"]:
        case "TRIM_HORIZON":
            return shard.starts_at
        case "LATEST":
            return shard.latest
        case "AT_SEQUENCE_NUMBER":
            return _integer(request.get("StartingSequenceNumber", ""), "StartingSequenceNumber") - 1
        case "AFTER_SEQUENCE_NUMBER":
            return _integer(request.get("StartingSequenceNumber", ""), "StartingSequenceNumber")
        case "AT_TIMESTAMP" if "Timestamp" in request:
            return shard.sequence_number_before(_seconds(request["Timestamp"]))
        case other:
            raise InvalidArgumentError(f"ShardIteratorType {other} lacks its argument or is none of the API's")


def _seconds(timestamp: datetime) -> float:
    # LocalStack decodes wire timestamps to naive UTC datetimes.
    return (timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)).timestamp()


def _integer(text: str, name: str) -> int:
    if not text.isdecimal():
        raise InvalidArgumentError(f"{name} {text!r} must be a decimal number")
    return int(text)


def _page(shards: list[Shard], after: str | None, size: int) -> tuple[list[Shard], bool]:
    """At most `size` of the shards that follow `after`, and whether there are more."""
    remaining = [shard for shard in shards if not after or shard.shard_id > after]
    return remaining[:size], len(remaining) > size


def _summary(stream: Stream) -> dict[str, Any]:
    return {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "StreamStatus": "ACTIVE",
        "StreamModeDetails": {"StreamMode": stream.settings.mode},
        "StreamCreationTimestamp": datetime.fromtimestamp(stream.created_at, UTC),
    }


def _described(stream: Stream) -> dict[str, Any]:
    settings = stream.settings
    key = {"KeyId": settings.key_id} if settings.key_id else {}
    return (
        _summary(stream)
        | {
            "RetentionPeriodHours": settings.retention_hours,
            "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
            "EncryptionType": settings.encryption_type,
        }
        | key
    )


def _hash_key_range(shard: Shard) -> dict[str, str]:
    return {"StartingHashKey": str(shard.first_hash_key), "EndingHashKey": str(shard.last_hash_key)}


def _shard(shard: Shard) -> dict[str, Any]:
    numbers = {"StartingSequenceNumber": str(shard.starts_at)}
    if shard.ends_at is not None:
        numbers["EndingSequenceNumber"] = str(shard.ends_at)
    parents = dict(zip(("ParentShardId", "AdjacentParentShardId"), shard.parents, strict=False))
    return {"ShardId": shard.shard_id, "HashKeyRange": _hash_key_range(shard), "SequenceNumberRange": numbers} | parents


def _child(shard: Shard) -> dict[str, Any]:
    return {"ShardId": shard.shard_id, "ParentShards": list(shard.parents), "HashKeyRange": _hash_key_range(shard)}
