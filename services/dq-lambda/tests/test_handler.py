"""The entry as Lambda calls it: an event of the mapping in, letters, metrics and the answer out."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto import mock_aws

from coattail_common.lines import encode_trade, pack
from coattail_testing.records import a_trade
from coattail_testkit.quality import kafka_event, kinesis_event
from dq_lambda import dead_letters
from dq_lambda.records import StreamRecord

GOOD = encode_trade(a_trade(1))


class FakeContext(LambdaContext):
    """What Lambda says of an invocation."""

    def __init__(self) -> None:
        self._function_name = "dq-lambda"
        self._memory_limit_in_mb = 512
        self._invoked_function_arn = "arn:aws:lambda:us-west-2:000000000000:function:dq-lambda"
        self._aws_request_id = "1"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {
        "DQ_LAMBDA_DEAD_LETTERS": "s3://zone/dead",
        "AWS_REGION": "us-west-2",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("s3", region_name="us-west-2")
        client.create_bucket(Bucket="zone", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
        yield client


def record(number: int, *lines: bytes) -> StreamRecord:
    return StreamRecord("shardId-000000000001", str(number), 1_700_000_000_000_000, pack(lines))


def test_a_batch_is_judged_kept_counted_and_answered(s3: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from dq_lambda.handler import (
        handler,  # imported here: it reads the settings and makes its clients when first called
    )

    answer = handler(kinesis_event([record(1, GOOD, b"{}"), record(2, GOOD, b"?", b"\xff")]), FakeContext())

    assert answer == {"batchItemFailures": []}
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="zone")["Contents"]]
    assert keys == [
        "dead/incomplete/date=2023-11-14/shardId-000000000001/1.jsonl",
        "dead/malformed/date=2023-11-14/shardId-000000000001/2.jsonl",
        "dead/state/quality.json",
    ]
    kept = dead_letters.read(s3.get_object(Bucket="zone", Key=keys[1])["Body"].read())
    assert [(one.line, one.rule, one.line_number) for one in kept] == [
        (b"?", "malformed.not_json", 1),
        (b"\xff", "malformed.not_utf8", 2),
    ]
    (metrics,) = [said for said in map(json.loads, capsys.readouterr().out.splitlines()) if "_aws" in said]
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "CoatTail"
    assert metrics["service"] == "dq-lambda"
    names = ("RecordsProcessed", "Passed", "Failed", "Late", "Duplicate", "QualityScore", "FailureRate")
    assert [metrics[name] for name in names] == [[5], [2], [3], [0], [1], [40], [60]]

    s3.delete_objects(Bucket="zone", Delete={"Objects": [{"Key": key} for key in keys]})
    s3.delete_bucket(Bucket="zone")
    away = handler(kinesis_event([record(3, GOOD), record(4, b"?"), record(5, GOOD)]), FakeContext())
    assert away == {"batchItemFailures": [{"itemIdentifier": "4"}]}


def of_kafka(partition: int, offset: int, *lines: bytes) -> StreamRecord:
    return StreamRecord(f"crypto-pulse-trades-{partition}", str(offset), 1_700_000_000_000_000, pack(lines))


def test_a_batch_of_kafka_is_kept_by_topic_partition_and_offset(s3: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from dq_lambda.handler import BatchNotFinishedError, _parts, handler

    _parts.cache_clear()
    batch = [of_kafka(0, 15, GOOD, b"{}"), of_kafka(0, 16, GOOD), of_kafka(11, 3, b"?")]

    assert handler(kafka_event(batch), FakeContext()) == {"batchItemFailures": []}

    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="zone")["Contents"]]
    assert keys == [
        "dead/incomplete/date=2023-11-14/crypto-pulse-trades-0/15.jsonl",
        "dead/malformed/date=2023-11-14/crypto-pulse-trades-11/3.jsonl",
        "dead/state/quality.json",
    ]
    (kept,) = dead_letters.read(s3.get_object(Bucket="zone", Key=keys[1])["Body"].read())
    assert (kept.shard_id, kept.sequence_number, kept.line_number) == ("crypto-pulse-trades-11", "3", 0)
    assert "_aws" in capsys.readouterr().out

    s3.delete_objects(Bucket="zone", Delete={"Objects": [{"Key": key} for key in keys]})
    s3.delete_bucket(Bucket="zone")
    with pytest.raises(BatchNotFinishedError, match="1 of 3 records are not finished"):
        handler(kafka_event([of_kafka(0, 17, GOOD), of_kafka(0, 18, GOOD), of_kafka(11, 4, b"?")]), FakeContext())
    assert "_aws" not in capsys.readouterr().out  # it comes again whole, and is counted then
