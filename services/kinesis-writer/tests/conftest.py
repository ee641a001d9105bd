"""An endpoint that the real Kinesis client talks to."""

import asyncio
import base64
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from aiohttp import web

from coattail_common.lines import decode_trade, unpack
from coattail_testing.kinesis import (
    REFUSED,
    Entry,
    FakeKinesis,
    PutAnswer,
    Result,
    failure,
    operation,
    put_answer,
    response,
)

type Request = dict[str, Any]


class FakeEndpoint(FakeKinesis):
    """A stream over HTTP that keeps what it is asked, and answers as `says` tells it, or well."""

    def __init__(self) -> None:
        super().__init__(self._keep)
        self.says: tuple[int, dict[str, Any]] | None = None
        """Status and body of every answer; `None`: those of a stream that is well."""
        self.describes = True
        """Whether a stream that is well may be asked for; else only put to, as by a role that lacks the permission."""
        self.refuses_key = ""
        """The partition key whose records are refused, while the others are accepted."""
        self.requests: list[Request] = []
        self.accepted: dict[str, list[int]] = defaultdict(list)
        """The ids of the trades that were accepted, in order, by partition key."""
        self.url = ""
        self._asked = asyncio.Condition()

    async def handle(self, request: web.Request) -> web.Response:
        """One request."""
        self.requests.append({"target": request.headers["X-Amz-Target"], **json.loads(await request.read())})
        async with self._asked:
            self._asked.notify_all()
        if self.says is not None:
            status, body = self.says
            return response(body, status)
        if operation(request) == "DescribeStreamSummary" and not self.describes:
            return failure(400, "AccessDeniedException", "not authorized")
        return await super().handle(request)

    async def put_records(self, *, Records: Sequence[Entry], StreamName: str = "") -> PutAnswer:  # noqa: N803
        """See `Kinesis.put_records`."""
        results: list[Result] = []
        for record in Records:
            if record["PartitionKey"] == self.refuses_key:
                results.append(REFUSED)
            else:
                results += (await super().put_records(Records=[record], StreamName=StreamName))["Records"]
        return put_answer(results)

    async def until_asked(self, times: int) -> None:
        """Wait until so many requests came."""
        async with self._asked:
            await self._asked.wait_for(lambda: len(self.requests) >= times)

    async def until_put(self) -> None:
        """Wait until records were put."""
        async with self._asked:
            await self._asked.wait_for(lambda: bool(self.trade_ids()))

    def trade_ids(self) -> list[int]:
        """The ids of the trades that were put, in order, whatever was answered."""
        return [
            decode_trade(line).trade_id
            for request in self.requests
            for record in request.get("Records", ())
            for line in unpack(base64.b64decode(record["Data"]))
        ]

    def _keep(self, record: tuple[str, bytes]) -> None:
        key, payload = record
        self.accepted[key] += [decode_trade(line).trade_id for line in unpack(payload)]


@pytest.fixture
async def endpoint(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeEndpoint]:
    """An endpoint that behaves, and an environment in which AWS's clients ask it and no other."""
    fake = FakeEndpoint()
    application = web.Application(client_max_size=16 * 1024 * 1024)
    application.router.add_post("/", fake.handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    yield fake
    await runner.cleanup()
