"""The proxy before Kinesis, asked by the writer's own client."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import aiohttp
import msgspec
import pytest
from botocore.exceptions import ClientError

from coattail_chaos.faults import Fault, Tally
from coattail_chaos.kinesis_proxy import KinesisProxy, serving
from coattail_testing.kinesis import Entry, FakeKinesis, PutAnswer, PutRequest
from kinesis_writer.kinesis import KinesisStream, open_stream
from kinesis_writer.stream import Record, StreamUnavailableError

from .conftest import until


class Stage:
    """A proxy, what was accepted behind it, and what it counted."""

    def __init__(self) -> None:
        self.accepted: list[bytes] = []
        self.tally = Tally()
        self.proxy = KinesisProxy(FakeKinesis(lambda record: self.accepted.append(record[1])), self.tally, Random(1))

    @asynccontextmanager
    async def stream(self, environment: pytest.MonkeyPatch) -> AsyncIterator[KinesisStream]:
        async with serving(self.proxy) as port:
            environment.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
            environment.setenv("AWS_ACCESS_KEY_ID", "test")
            environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
            async with open_stream("trades", "us-west-2", calls=1) as stream:
                yield stream


@pytest.fixture
def stage() -> Stage:
    return Stage()


RECORDS = [Record("BTC-USDT", b"%d" % number) for number in range(200)]


async def test_a_well_one_accepts_all_in_order(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage.stream(monkeypatch) as stream:
        await stream.check()
        assert await stream(RECORDS) == [None] * 200

    assert stage.accepted == [record.payload for record in RECORDS]
    assert stage.tally.copy() == {}


async def test_a_throttled_one_refuses_some_and_accepts_the_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.proxy.throttled = 0.3
    async with stage.stream(monkeypatch) as stream:
        answer = await stream(RECORDS)

    refused = [refusal for refusal in answer if refusal is not None]
    assert 30 <= len(refused) <= 90
    assert {refusal.code for refusal in refused} == {"ProvisionedThroughputExceededException"}
    assert stage.tally.copy() == {Fault.KINESIS_THROTTLED: len(refused)}
    assert stage.accepted == [
        record.payload for record, refusal in zip(RECORDS, answer, strict=True) if refusal is None
    ]


async def test_one_that_refuses_all_is_not_asked_for_an_empty_call(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.proxy.throttled = 1
    async with stage.stream(monkeypatch) as stream:
        assert None not in await stream(RECORDS)

    assert stage.accepted == []


async def test_a_failing_one_accepts_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.proxy.failing = 1
    async with stage.stream(monkeypatch) as stream:
        for _ in range(8):
            with pytest.raises(StreamUnavailableError, match="chaos"):
                await stream(RECORDS)
        stage.proxy.heal()
        assert await stream(RECORDS[:1]) == [None]

    assert len(stage.accepted) == 1
    assert stage.tally.copy() == {Fault.KINESIS_FAILED: 8}


async def test_an_answer_that_is_lost_was_to_an_accepted_call(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.proxy.losing_answers = 1
    async with stage.stream(monkeypatch) as stream:
        with pytest.raises(StreamUnavailableError):
            await stream(RECORDS)

    assert len(stage.accepted) == 200
    assert stage.tally.copy() == {Fault.KINESIS_ANSWER_LOST: 1}


async def test_an_unknown_operation_is_refused(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage.stream(monkeypatch) as stream:
        client = stream._client
        with pytest.raises(client.exceptions.ClientError, match="ListShards"):
            await client.list_shards(StreamName="trades")


class FakeGone(FakeKinesis):
    """A stream that was deleted, as a client says it."""

    async def put_records(self, *, Records: Sequence[Entry], StreamName: str = "") -> PutAnswer:  # noqa: ARG002, N803
        response: Any = {
            "Error": {"Code": "ResourceNotFoundException", "Message": "no stream trades"},
            "ResponseMetadata": {"HTTPStatusCode": 400},
        }
        raise ClientError(response, "PutRecords")


async def test_what_the_other_side_refuses_for_good_is_passed_on() -> None:
    proxy = KinesisProxy(FakeGone(lambda _: None), Tally(), Random(1))
    headers = {"X-Amz-Target": "Kinesis_20131202.PutRecords"}
    body = msgspec.json.encode(PutRequest(StreamName="trades", Records=[Entry(Data=b"1", PartitionKey="BTC-USDT")]))
    async with serving(proxy) as port, aiohttp.ClientSession() as session:
        answer = await session.post(f"http://127.0.0.1:{port}/", headers=headers, data=body)
        said = msgspec.json.decode(await answer.read())

    assert (answer.status, said) == (400, {"__type": "ResourceNotFoundException", "message": "no stream trades"})


async def test_a_held_answer_whose_connection_ends_early_is_lost_and_another_is_held(stage: Stage) -> None:
    stage.proxy.answers_to_hold = 1
    headers = {"X-Amz-Target": "Kinesis_20131202.PutRecords"}
    body = msgspec.json.encode(PutRequest(StreamName="trades", Records=[Entry(Data=b"1", PartitionKey="BTC-USDT")]))
    async with serving(stage.proxy) as port, aiohttp.ClientSession() as session:
        asked = asyncio.ensure_future(session.post(f"http://127.0.0.1:{port}/", headers=headers, data=body))
        await until(lambda: bool(stage.accepted))
        asked.cancel()
        await until(lambda: stage.tally[Fault.KINESIS_ANSWER_LOST] == 1)

    assert stage.proxy.answers_to_hold == 1
    assert stage.accepted == [b"1"]
