"""What the writer remembers of its producers: bounded, and never what would be missed."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coattail_runtime.link.frames import Batch, FrameError
from coattail_runtime.link.producers import Producer, Producers
from coattail_testing.link import FakeIntake


def a_batch(seq: int) -> Batch:
    return Batch(seq=seq, source="binance", key="BTC-USDT", count=1, lines=b"{}")


class FakeBackwardsIntake:
    """An intake that accepts the batches in the opposite order of their coming."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []
        self.numbers_put = 0

    async def put(self, batch: object, accepted: Callable[[], None]) -> None:  # noqa: ARG002
        """See `Intake.put`."""
        self.numbers_put += 1
        self.waiting.append(accepted)

    def accept_last(self) -> None:
        """Accept the batch that came last of those that wait."""
        self.waiting.pop()()


async def test_accepted_is_never_ahead_of_a_batch_that_is_not() -> None:
    producer, intake = Producer(), FakeBackwardsIntake()
    for seq in (1, 2, 3):
        await producer.take(a_batch(seq), intake)

    seen = []
    for _ in range(3):
        intake.accept_last()
        seen.append(producer.accepted)

    assert seen == [0, 0, 3]


async def test_a_batch_that_is_held_is_not_put_again() -> None:
    producer, intake = Producer(), FakeIntake()
    for seq in (1, 2, 1, 2, 3):
        await producer.take(a_batch(seq), intake)

    assert (producer.held, len(intake.batches)) == (3, 3)


async def test_a_batch_that_was_skipped_is_missed() -> None:
    producer, intake = Producer(), FakeIntake()
    await producer.take(a_batch(1), intake)

    with pytest.raises(FrameError, match="batch 3 came after batch 1"):
        await producer.take(a_batch(3), intake)


async def test_of_many_producers_only_the_finished_are_forgotten() -> None:
    producers, intake = Producers(), FakeIntake()
    waiting = producers.get("binance", "waiting")
    await waiting.take(a_batch(1), intake)
    finished = producers.get("binance", "finished")
    for number in range(300):
        producers.get("binance", f"{number}")

    assert producers.get("binance", "waiting") is waiting
    assert producers.get("binance", "finished") is not finished


async def test_of_the_finished_the_longest_unheard_is_forgotten_first() -> None:
    producers = Producers()
    heard_again, unheard = producers.get("binance", "heard again"), producers.get("binance", "unheard")
    for number in range(200):
        producers.get("binance", f"{number}")
    producers.get("binance", "heard again")
    for number in range(200, 256):
        producers.get("binance", f"{number}")

    assert producers.get("binance", "heard again") is heard_again
    assert producers.get("binance", "unheard") is not unheard


async def test_a_newer_connection_takes_only_when_the_older_one_has_ended() -> None:
    """Else both would put, and what the newer one is welcomed with would not be true."""
    producer, ending, may_end = Producer(), asyncio.Event(), asyncio.Event()

    async def slow_to_end() -> str:
        try:
            await asyncio.Event().wait()
        finally:
            ending.set()
            await may_end.wait()
        return ""

    async def newer() -> str:
        return "newer"

    older = await producer.claim(lambda: asyncio.create_task(slow_to_end()))
    await asyncio.sleep(0)
    claiming = asyncio.create_task(producer.claim(lambda: asyncio.create_task(newer())))
    await ending.wait()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not claiming.done()

    may_end.set()
    assert await (await claiming) == "newer"
    assert older.cancelled()


@given(first=st.integers(1, 2**62), moves=st.lists(st.tuples(st.integers(-3, 2), st.booleans()), max_size=30))
async def test_whatever_numbers_come_each_batch_is_put_once_and_in_order(
    first: int, moves: list[tuple[int, bool]]
) -> None:
    producer, intake = Producer(), FakeBackwardsIntake()
    number, held, put = first, 0, 0
    for step, accepts in [(0, False), *moves]:
        number = max(1, number + step)
        if held and number > held + 1:
            with pytest.raises(FrameError, match=f"batch {number} came after batch {held}"):
                await producer.take(a_batch(number), intake)
        else:
            await producer.take(a_batch(number), intake)
            put += number > held
            held = max(held, number)
        if accepts and intake.waiting:
            intake.accept_last()
        assert (producer.held, intake.numbers_put) == (held, put)
        assert producer.accepted <= held
    while intake.waiting:
        intake.accept_last()

    assert producer.accepted == held
