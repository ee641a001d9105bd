"""What a connection has sent: in order, counted until it is held, and bounded."""

import asyncio

import pytest

from coattail_runtime.link.frames import MAX_LINES_BYTES, MOST_CREDIT_BYTES, Batch, FrameError
from coattail_runtime.link.inbox import Inbox

FITTING = MOST_CREDIT_BYTES // MAX_LINES_BYTES


def a_batch(seq: int) -> Batch:
    return Batch(seq=seq, source="binance", key="BTC-USDT", count=1, lines=b"x" * MAX_LINES_BYTES)


async def test_batches_are_taken_in_order_and_then_the_reason_is_known() -> None:
    inbox = Inbox()
    for seq in (1, 2):
        inbox.add(a_batch(seq))
    inbox.end("a second hello")

    taken = [await inbox.take() for _ in range(3)]

    assert [batch and batch.seq for batch in taken] == [1, 2, None]
    assert inbox.reason == "a second hello"


async def test_a_waiting_taker_is_woken_by_a_batch_and_by_the_end() -> None:
    inbox = Inbox()
    first = asyncio.create_task(inbox.take())
    await asyncio.sleep(0)
    inbox.add(a_batch(1))
    assert await first == a_batch(1)

    second = asyncio.create_task(inbox.take())
    await asyncio.sleep(0)
    inbox.end("")
    assert await second is None


async def test_a_batch_counts_until_the_next_one_is_asked_for() -> None:
    inbox = Inbox()
    for seq in range(1, FITTING + 1):
        inbox.add(a_batch(seq))
    await inbox.take()
    with pytest.raises(FrameError, match=f"batch 9 came when {MOST_CREDIT_BYTES} bytes were not held"):
        inbox.add(a_batch(9))

    await inbox.take()
    inbox.add(a_batch(9))

    with pytest.raises(FrameError):
        inbox.add(a_batch(10))
