"""The fault proxy before Kinesis. It speaks the protocol of PutRecords (JSON 1.1), so that single records can be refused.

Source: the API reference of Kinesis Data Streams, PutRecords: a call that failed as a whole is 500 `InternalFailure` or 503
`ServiceUnavailable`.
"""

import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from random import Random
from typing import Final

from aiohttp import web
from botocore.exceptions import BotoCoreError, ClientError

from coattail_chaos.faults import Fault, Tally
from coattail_chaos.listening import listening
from coattail_harness.errors import HarnessError
from coattail_harness.waiting import until
from coattail_testing import kinesis
from coattail_testing.kinesis import REFUSED, Entry, Kinesis, PutAnswer, Result, failure

_HELD_SECONDS: Final = 15.0
"""Longer than a writer waits for an answer."""
_PATIENT_SECONDS: Final = 5.0
"""Longer than any other reason to end a connection lets it live."""
_FAILURES: Final = ((500, "InternalFailure"), (503, "ServiceUnavailable"))


class KinesisProxy:
    """Forwards calls to `behind`, and fails some. The chances are from 0 to 1 and may be changed at any time."""

    def __init__(self, behind: Kinesis, tally: Tally, random: Random) -> None:
        self.throttled = 0.0
        """Of each record: it is refused, and the others of its call are put."""
        self.failing = 0.0
        """Of each call: nothing is put, and the answer says that it failed."""
        self.losing_answers = 0.0
        """Of each call: all of it is put, and the connection ends in place of the answer."""
        self.answers_to_hold = 0
        """So many of the next calls are put, and never answered; where the connection ends for another reason, one more."""
        self._behind = behind
        self._tally = tally
        self._random = random

    def heal(self) -> None:
        """Fail no more."""
        self.throttled = self.failing = self.losing_answers = 0.0
        self.answers_to_hold = 0

    async def handle(self, request: web.Request) -> web.Response:
        """One call."""
        operation, body = kinesis.operation(request), await request.read()
        if self._happens(self.failing):
            self._tally.count(Fault.KINESIS_FAILED)
            status, kind = self._random.choice(_FAILURES)
            return failure(status, kind, "chaos")
        try:
            if operation != "PutRecords":
                return await kinesis.answer(self._behind, operation, body)
            return await self._put(request, body)
        except ClientError as error:  # what the other side says: that the stream is gone is not a fault that passes
            status, said = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]
            return failure(status, said["Code"], said["Message"])
        except (BotoCoreError, OSError) as error:
            return failure(503, "ServiceUnavailable", f"nothing behind the proxy: {error}")

    async def _put(self, request: web.Request, body: bytes) -> web.Response:
        wanted = kinesis.decode_put(body)
        refused = [self._happens(self.throttled) for _ in wanted["Records"]]
        self._tally.count(Fault.KINESIS_THROTTLED, sum(refused))
        kept = [record for record, is_refused in zip(wanted["Records"], refused, strict=True) if not is_refused]
        put = iter(await self._forward(wanted["StreamName"], kept) if kept else ())
        results = [REFUSED if is_refused else next(put) for is_refused in refused]
        if kept:
            await self._maybe_lose_answer(request)
        return kinesis.response(kinesis.put_answer(results))

    async def _forward(self, stream: str, records: Sequence[Entry]) -> Sequence[Result]:
        answer: PutAnswer = await self._behind.put_records(StreamName=stream, Records=records)
        return answer["Records"]

    async def _maybe_lose_answer(self, request: web.Request) -> None:
        """Something was accepted; see to it that the writer may not hear of it."""
        transport = request.transport
        if self.answers_to_hold:
            self.answers_to_hold -= 1
            given_up = await _given_up(request)
            self.answers_to_hold += not given_up
            self._tally.count(Fault.KINESIS_TIMED_OUT if given_up else Fault.KINESIS_ANSWER_LOST)
        elif self._happens(self.losing_answers):
            self._tally.count(Fault.KINESIS_ANSWER_LOST)
        else:
            return
        if transport is not None:
            transport.abort()

    def _happens(self, chance: float) -> bool:
        return self._random.random() < chance


async def _given_up(request: web.Request) -> bool:
    """Do not answer. Return whether the client waited for long and gave up; a connection that ended earlier had other reasons."""
    began = time.monotonic()
    try:
        await until(lambda: request.transport is None or request.transport.is_closing(), "it gives up", _HELD_SECONDS)
    except HarnessError:
        return False
    return time.monotonic() - began >= _PATIENT_SECONDS


def serving(proxy: KinesisProxy) -> AbstractAsyncContextManager[int]:
    """Serve the proxy while the context is open; the port."""
    application = web.Application(client_max_size=16 * 1024 * 1024)
    application.router.add_post("/", proxy.handle)
    return listening(application)
