"""AWS on a free port of this machine: the requests of any client, answered by moto in this process."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import boto3
from aiohttp import web
from aiohttp.test_utils import TestServer
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

REGION = "us-west-2"


class FakeAws:
    """The JSON protocol of some services over HTTP. The next `failing` requests are answered 500."""

    def __init__(self) -> None:
        self.dynamodb = _client("dynamodb")
        self.ssm = _client("ssm")
        self._clients = {
            "DynamoDB": self.dynamodb,
            "AWSEvents": _client("events"),
            "AmazonSSM": self.ssm,
        }
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.failing = 0
        self.url = ""

    def create_table(self) -> None:
        """The table `cursors`."""
        self.dynamodb.create_table(
            TableName="cursors",
            KeySchema=[{"AttributeName": "market", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "market", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    async def answer(self, request: web.Request) -> web.Response:
        if self.failing:
            self.failing -= 1
            return web.json_response({"__type": "InternalServerError", "message": "later"}, status=500)
        service, _, operation = request.headers["X-Amz-Target"].rpartition(".")
        arguments: dict[str, Any] = json.loads(await request.read())
        self.requests.append((operation, arguments))
        try:
            result = getattr(self._clients[service.partition("_")[0]], xform_name(operation))(**arguments)
        except ClientError as error:
            told = error.response["Error"]
            return web.json_response({"__type": f"x#{told['Code']}", "message": told["Message"]}, status=400)
        result.pop("ResponseMetadata")
        body = json.dumps(result, default=lambda time: time.timestamp())
        return web.Response(body=body, content_type="application/x-amz-json-1.0")


def _client(service: str) -> Any:
    # Otherwise an endpoint that the environment names would get the calls instead of moto.
    return boto3.client(service, region_name=REGION, config=Config(ignore_configured_endpoint_urls=True))


@asynccontextmanager
async def fake_aws() -> AsyncIterator[FakeAws]:
    with mock_aws():
        aws = FakeAws()
        application = web.Application()
        application.router.add_post("/", aws.answer)
        async with TestServer(application, host="127.0.0.1") as server:
            aws.url = str(server.make_url("/"))
            yield aws
