"""A Kinesis elsewhere, which is moto's here: what the proxy let through is read back in order."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import boto3
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from botocore import xform_name
from moto import mock_aws

from coattail_chaos.errors import ChaosError
from coattail_chaos.faults import Fault, Tally
from coattail_chaos.kinesis_proxy import KinesisProxy, serving
from coattail_chaos.remote_kinesis import remote
from kinesis_writer.kinesis import open_stream
from kinesis_writer.stream import Record

from .conftest import until


class FakeAws:
    """Kinesis over HTTP, answered by moto in this process."""

    def __init__(self) -> None:
        self._client = boto3.client("kinesis", region_name="us-west-2")

    async def answer(self, request: web.Request) -> web.Response:
        arguments: dict[str, Any] = json.loads(await request.read())
        for record in arguments.get("Records", ()):
            record["Data"] = base64.b64decode(record["Data"])
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        result = getattr(self._client, xform_name(operation))(**arguments)
        del result["ResponseMetadata"]
        for record in result.get("Records", ()):
            if "Data" in record:
                record["Data"] = base64.b64encode(record["Data"]).decode()
                record["ApproximateArrivalTimestamp"] = record["ApproximateArrivalTimestamp"].timestamp()
        body = json.dumps(result, default=lambda moment: moment.timestamp())
        return web.Response(body=body, content_type="application/x-amz-json-1.1")


@pytest.fixture
async def kinesis(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        application = web.Application()
        application.router.add_post("/", FakeAws().answer)
        async with TestServer(application, host="127.0.0.1") as server:
            yield str(server.make_url("/"))


async def test_what_is_let_through_comes_back_in_the_order_of_its_shard(
    kinesis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[bytes] = []
    tally = Tally()
    async with (
        asyncio.TaskGroup() as group,
        remote(kinesis, read.append, group) as (behind, name),
    ):
        proxy = KinesisProxy(behind, tally, Random(1))
        async with serving(proxy) as port:
            monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
            async with open_stream(name, "us-west-2", calls=1) as stream:
                await stream.check()
                proxy.throttled = 0.5
                left = [b"%d" % number for number in range(20)]
                while left:
                    (refusal,) = await stream([Record("BTC-USDT", left[0])])
                    left = left if refusal else left[1:]
        await until(lambda: len(read) == 20)

    assert read == [b"%d" % number for number in range(20)]
    assert tally[Fault.KINESIS_THROTTLED] > 0


async def test_one_that_is_not_there_ends_the_run_with_a_line() -> None:
    with pytest.raises(ExceptionGroup) as ended:
        async with asyncio.TaskGroup() as group, remote("http://127.0.0.1:9", [].append, group):
            pass

    assert ended.group_contains(ChaosError, match="the Kinesis at http://127.0.0.1:9 cannot be used")
