"""The real client against an endpoint that answers as Kinesis does, well and badly."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kinesis_writer import KinesisStream, Record, Refusal, StreamUnavailableError, open_stream

RECORDS = (Record("BTC-USDT", b"one\ntwo"), Record("ETH-USDT", b"three"))


@pytest.fixture
async def stream(endpoint: Any) -> AsyncIterator[KinesisStream]:  # noqa: ARG001  (it sets the environment)
    async with open_stream("crypto-pulse-trades", "us-west-2", calls=2) as stream:
        yield stream


async def test_records_are_put_and_each_has_its_answer(endpoint: Any, stream: KinesisStream) -> None:
    refused = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded for shard"}
    accepted = {"SequenceNumber": "49", "ShardId": "shardId-000000000000"}
    endpoint.says = (200, {"FailedRecordCount": 1, "Records": [accepted, refused]})

    outcome = await stream(RECORDS)

    assert outcome == [None, Refusal("ProvisionedThroughputExceededException", "Rate exceeded for shard")]
    assert endpoint.requests == [
        {
            "target": "Kinesis_20131202.PutRecords",
            "StreamName": "crypto-pulse-trades",
            "Records": [
                {"PartitionKey": "BTC-USDT", "Data": base64.b64encode(b"one\ntwo").decode()},
                {"PartitionKey": "ETH-USDT", "Data": base64.b64encode(b"three").decode()},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (400, {"__type": "ResourceNotFoundException", "message": "Stream crypto-pulse-trades not found"}, "not found"),
        (400, {"__type": "LimitExceededException", "message": "Rate exceeded"}, "Rate exceeded"),
        (500, {"__type": "InternalFailure", "message": ""}, "InternalFailure"),
        (502, {}, "502"),
    ],
)
async def test_a_call_that_fails_is_made_once_and_says_why(
    endpoint: Any, stream: KinesisStream, status: int, body: dict[str, Any], says: str
) -> None:
    endpoint.says = (status, body)

    with pytest.raises(StreamUnavailableError, match=says) as failed:
        await stream(RECORDS)

    assert len(endpoint.requests) == 1
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize("body", [{}, {"Records": []}, {"Records": [{"SequenceNumber": "49"}]}, {"message": "sign in"}])
async def test_an_answer_that_is_not_of_kinesis_is_none(
    endpoint: Any, stream: KinesisStream, body: dict[str, Any]
) -> None:
    """A proxy's, for one. It is tried again like any other failure, and does not end the writer."""
    endpoint.says = (200, body)

    with pytest.raises(StreamUnavailableError, match="of 2 records"):
        await stream(RECORDS)
    with pytest.raises(StreamUnavailableError, match="is not described"):
        await stream.check()


async def test_an_endpoint_that_is_not_there_is_said(endpoint: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    async with open_stream("crypto-pulse-trades", "us-west-2", calls=2) as stream:
        with pytest.raises(StreamUnavailableError, match=r"Could not connect .*http://127\.0\.0\.1:9"):
            await stream(RECORDS)
        with pytest.raises(StreamUnavailableError, match="Could not connect"):
            await stream.check()

    assert endpoint.requests == []


@pytest.mark.parametrize("status", ["ACTIVE", "UPDATING"])
async def test_a_stream_that_is_there_is_found(endpoint: Any, stream: KinesisStream, status: str) -> None:
    endpoint.says = (200, {"StreamDescriptionSummary": {"StreamStatus": status}})

    await stream.check()

    assert endpoint.requests[0]["target"] == "Kinesis_20131202.DescribeStreamSummary"


async def test_a_stream_that_is_being_made_is_waited_for(endpoint: Any, stream: KinesisStream) -> None:
    endpoint.says = (200, {"StreamDescriptionSummary": {"StreamStatus": "CREATING"}})

    with pytest.raises(StreamUnavailableError, match="stream crypto-pulse-trades is CREATING"):
        await stream.check()
