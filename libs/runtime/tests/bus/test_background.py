import asyncio
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from tenacity.wait import wait_none

from coattail_common.contracts import TradesGapDetected
from coattail_runtime.bus.background import EventBridge
from coattail_testing.connector import ReadableLog


class FakeClient:
    """EventBridge that takes every entry, but for the answers it is given first: an error, or codes in order."""

    def __init__(self) -> None:
        self.answers: list[Exception | list[str | None]] = []
        self.answering = asyncio.Event()
        self.answering.set()
        self.asked = asyncio.Event()
        self.taken: list[dict[str, str]] = []
        self.calls = 0

    async def put_events(self, *, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803  (AWS's name)
        self.calls += 1
        self.asked.set()
        await self.answering.wait()
        answer = self.answers.pop(0) if self.answers else [None] * len(Entries)
        if isinstance(answer, Exception):
            raise answer
        self.taken += [entry for entry, code in zip(Entries, answer, strict=True) if code is None]
        return {"Entries": [{} if code is None else {"ErrorCode": code} for code in answer]}


def a_gap(first: int) -> TradesGapDetected:
    return TradesGapDetected(
        occurred_at=1, exchange="binance", symbol="BTC-USDT", first_trade_id=first, last_trade_id=first
    )


class Scene:
    def __init__(self) -> None:
        self.client = FakeClient()
        self.log = ReadableLog()
        self.bus = EventBridge(self.client, "coattail", "coattail.ingest-test", self.log.logger, wait=wait_none())

    async def told(self, *events: TradesGapDetected) -> None:
        for event in events:
            self.bus.tell(event)
        sending = asyncio.create_task(self.bus.send_on())
        await self.bus.sent()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


@pytest.fixture
def the() -> Scene:
    return Scene()


async def test_an_event_is_on_the_bus_as_the_contract_says(the: Scene) -> None:
    await the.told(a_gap(7))
    (entry,) = the.client.taken
    assert (entry["EventBusName"], entry["Source"]) == ("coattail", "coattail.ingest-test")
    assert entry["DetailType"] == "trades.gap_detected"
    assert entry["Detail"] == (
        '{"occurred_at":1,"exchange":"binance","symbol":"BTC-USDT","first_trade_id":7,"last_trade_id":7}'
    )


async def test_ten_a_call(the: Scene) -> None:
    await the.told(*map(a_gap, range(25)))
    assert the.client.calls == 3


async def test_what_was_not_taken_goes_again_and_nothing_else(the: Scene) -> None:
    the.client.answers = [EndpointConnectionError(endpoint_url="x"), [None, "ThrottlingException"]]
    await the.told(a_gap(1), a_gap(2))
    assert ['"first_trade_id":1' in entry["Detail"] for entry in the.client.taken] == [True, False]
    assert the.client.calls == 3


async def test_what_is_refused_again_and_again_is_logged_with_all_it_says(the: Scene) -> None:
    the.client.answers = [["AccessDenied"]] * 8
    await the.told(a_gap(7))
    (line,) = the.log.lines("an event was not told")
    assert '"first_trade_id":7' in line
    assert "AccessDenied" in line


async def test_a_bus_that_is_away_is_waited_for(the: Scene) -> None:
    the.client.answers = [
        *[EndpointConnectionError(endpoint_url="x")] * 20,
        ClientError({"Error": {}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "PutEvents"),
    ]
    await the.told(a_gap(7))
    assert the.client.calls == 22
    assert len(the.client.taken) == 1
    assert len(the.log.lines("the bus does not answer")) == 1
    assert not the.log.lines("an event was not told")


async def test_an_answer_that_nobody_understands_costs_its_events_and_no_others(the: Scene) -> None:
    the.client.answers = [[], [None]]
    await the.told(*map(a_gap, range(11)))
    assert len(the.client.taken) == 1
    assert len(the.log.lines("an event was not told")) == 10


async def test_what_waits_at_the_end_is_logged(the: Scene) -> None:
    the.client.answering.clear()
    for number in range(12):
        the.bus.tell(a_gap(number))
    sending = asyncio.create_task(the.bus.send_on())
    await the.client.asked.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert len(the.log.lines("the service ended before it was sent")) == 12


async def test_more_than_may_wait_is_logged(the: Scene) -> None:
    for number in range(1_001):
        the.bus.tell(a_gap(number))
    (line,) = the.log.lines("too many events wait")
    assert '"first_trade_id":1000' in line
