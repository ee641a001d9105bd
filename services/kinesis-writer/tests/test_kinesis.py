"""The real client against an endpoint that answers as Kinesis does, well and badly."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from kinesis_writer import KinesisStream, Record, Refusal, StreamUnavailableError, open_stream

type Answer = Callable[[dict[str, Any]], web.Response]

RECORDS = (Record("BTC-USDT", b"one\ntwo"), Record("ETH-USDT", b"three"))


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is the client's own seam: no file and no metadata service is asked."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@asynccontextmanager
async def an_endpoint(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[dict[str, Any]]]:
    """An endpoint that answers so; the requests it was sent."""
    requests: list[dict[str, Any]] = []

    async def handle(request: web.Request) -> web.Response:
        asked = {"target": request.headers["X-Amz-Target"], **json.loads(await request.read())}
        requests.append(asked)
        return answer(asked)

    application = web.Application()
    application.router.add_post("/", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield requests
    finally:
        await runner.cleanup()


def say(status: int, **body: Any) -> Answer:
    return lambda _: web.json_response(body, status=status, content_type="application/x-amz-json-1.1")


@asynccontextmanager
async def the_stream() -> AsyncIterator[KinesisStream]:
    async with open_stream("crypto-pulse-trades", "us-west-2", calls=2) as stream:
        yield stream


async def test_records_are_put_and_each_has_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded for shard"}
    answer = say(200, FailedRecordCount=1, Records=[{"SequenceNumber": "49", "ShardId": "shardId-0"}, refused])
    async with an_endpoint(answer, monkeypatch) as requests, the_stream() as stream:
        outcome = await stream(RECORDS)

    assert outcome == [None, Refusal("ProvisionedThroughputExceededException", "Rate exceeded for shard")]
    assert requests == [
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
    ("answer", "says"),
    [
        (say(400, __type="ResourceNotFoundException", message="Stream crypto-pulse-trades not found"), "not found"),
        (say(400, __type="LimitExceededException", message="Rate exceeded"), "Rate exceeded"),
        (say(500, __type="InternalFailure", message=""), "InternalFailure"),
        (lambda _: web.Response(status=502, text="<html>bad gateway</html>"), "502"),
    ],
)
async def test_a_call_that_fails_is_made_once_and_says_why(
    answer: Answer, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with an_endpoint(answer, monkeypatch) as requests, the_stream() as stream:
        with pytest.raises(StreamUnavailableError, match=says) as failed:
            await stream(RECORDS)

    assert len(requests) == 1
    assert "\n" not in str(failed.value)


async def test_an_endpoint_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    async with the_stream() as stream:
        with pytest.raises(StreamUnavailableError, match=r"Could not connect .*http://127\.0\.0\.1:9"):
            await stream(RECORDS)
        with pytest.raises(StreamUnavailableError, match="Could not connect"):
            await stream.check()


@pytest.mark.parametrize("status", ["ACTIVE", "UPDATING"])
async def test_a_stream_that_is_there_is_found(status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = say(200, StreamDescriptionSummary={"StreamStatus": status})
    async with an_endpoint(answer, monkeypatch) as requests, the_stream() as stream:
        await stream.check()

    assert requests[0]["target"] == "Kinesis_20131202.DescribeStreamSummary"


async def test_a_stream_that_is_being_made_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = say(200, StreamDescriptionSummary={"StreamStatus": "CREATING"})
    async with an_endpoint(answer, monkeypatch), the_stream() as stream:
        with pytest.raises(StreamUnavailableError, match="stream crypto-pulse-trades is CREATING"):
            await stream.check()
