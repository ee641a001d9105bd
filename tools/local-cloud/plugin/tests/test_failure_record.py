import base64
import re
from datetime import UTC, datetime

import pytest
from localstack_host_plugin.event_source.failure_record import object_key, record_of, record_with_payload
from localstack_host_plugin.event_source.records import Origin
from localstack_host_plugin.event_source.seams import Condition, Discarded
from localstack_host_plugin.event_source.settings import MappingSettings, Start, UnsupportedMappingError, read_settings
from localstack_host_plugin.event_source.testing import FAILED, records_of

AT = datetime(2026, 11, 23, 5, 4, 3, 210_000, UTC)
ORIGIN = Origin("arn:aws:kinesis:us-west-2:000000000000:stream/s", "shardId-000000000001", "arn:role")
DISCARDED = Discarded(
    records_of("a", "b", arrived_at=1.5), ORIGIN, "arn:function", Condition.RETRIES_EXHAUSTED, 3, FAILED
)


def test_a_destination_hears_what_aws_tells_it() -> None:
    assert record_of(DISCARDED, AT) == {
        "requestContext": {
            "requestId": "request",
            "functionArn": "arn:function",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 3,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2026-11-23T05:04:03.210Z",
        "KinesisBatchInfo": {
            "shardId": "shardId-000000000001",
            "startSequenceNumber": "1",
            "endSequenceNumber": "2",
            "approximateArrivalOfFirstRecord": "1970-01-01T00:00:01.500Z",
            "approximateArrivalOfLastRecord": "1970-01-01T00:00:01.500Z",
            "batchSize": 2,
            "streamArn": ORIGIN.stream_arn,
        },
    }


def test_a_bucket_gets_the_bytes_too() -> None:
    records = record_with_payload(DISCARDED, AT)["payload"]["Records"]
    assert [base64.b64decode(record["kinesis"]["data"]) for record in records] == [b"a", b"b"]
    assert records[0]["eventID"] == "shardId-000000000001:1"


def test_the_key_is_lambda_s() -> None:
    key = object_key("mapping", "shardId-000000000001", AT)
    assert re.fullmatch(r"aws/lambda/mapping/shardId-000000000001/2026/11/23/2026-11-23T05\.04\.03-[0-9a-f-]{36}", key)


CONFIGURATION = {
    "StartingPosition": "AT_TIMESTAMP",
    "StartingPositionTimestamp": datetime(2026, 11, 23),  # noqa: DTZ001 - as LocalStack decodes it
    "BatchSize": 50,
    "MaximumBatchingWindowInSeconds": 1,
    "ParallelizationFactor": 2,
    "MaximumRetryAttempts": 5,
    "MaximumRecordAgeInSeconds": -1,
    "BisectBatchOnFunctionError": True,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::bucket"}},
    "TumblingWindowInSeconds": 0,
}


def test_settings_are_what_the_mapping_says() -> None:
    assert read_settings(CONFIGURATION) == MappingSettings(
        start=Start("AT_TIMESTAMP", datetime(2026, 11, 23, tzinfo=UTC)),
        batch_size=50,
        window=1.0,
        lanes=2,
        max_retries=5,
        max_record_age=-1,
        bisects=True,
        reports_failures=True,
        destination="arn:aws:s3:::bucket",
    )


@pytest.mark.parametrize(
    "asked", [{"FilterCriteria": {"Filters": [{"Pattern": "{}"}]}}, {"TumblingWindowInSeconds": 30}]
)
def test_what_is_not_done_here_is_refused(asked: dict[str, object]) -> None:
    with pytest.raises(UnsupportedMappingError, match=next(iter(asked))):
        read_settings(CONFIGURATION | asked)
