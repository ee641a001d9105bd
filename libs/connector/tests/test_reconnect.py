import asyncio
from collections.abc import Iterator

import pytest
from tenacity import RetryCallState
from tenacity.wait import wait_base, wait_fixed, wait_none

from coattail_connector.frames.messages import SessionRefusedError
from coattail_connector.socket.reconnect import FULL_JITTER, Reconnection, StoppedError, full_jitter, unless
from coattail_testing.link import FakeWait


class Sessions:
    """Sessions that end with the errors given, one after the other."""

    def __init__(self, *errors: Exception) -> None:
        self._errors: Iterator[Exception] = iter(errors)
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1
        raise next(self._errors)


def reconnection(wait: wait_base, stop: asyncio.Event, told: list[str], healthy_after: float = 60) -> Reconnection:
    return Reconnection(wait, stop, healthy_after, lambda error, seconds: told.append(f"{error} {seconds:.0f}"))


async def test_a_transient_error_is_tried_again_and_told() -> None:
    told: list[str] = []
    sessions = Sessions(OSError("refused"), EOFError("cut"), RuntimeError("a bug"))
    with pytest.raises(RuntimeError, match="a bug"):
        await reconnection(wait_none(), asyncio.Event(), told).until_stopped(sessions)
    assert sessions.count == 3
    assert told == ["refused 0", "cut 0"]


async def test_the_wait_grows_while_sessions_are_short() -> None:
    wait = FakeWait()
    with pytest.raises(RuntimeError):
        await reconnection(wait, asyncio.Event(), []).until_stopped(
            Sessions(OSError(), OSError(), OSError(), RuntimeError())
        )
    assert wait.attempts == [1, 2, 3]


async def test_the_wait_begins_again_after_a_healthy_session() -> None:
    wait = FakeWait()
    with pytest.raises(RuntimeError):
        await reconnection(wait, asyncio.Event(), [], healthy_after=0).until_stopped(
            Sessions(OSError(), OSError(), OSError(), RuntimeError())
        )
    assert wait.attempts == [1, 1, 1]


async def test_it_waits_at_least_as_long_as_it_is_asked_to() -> None:
    told: list[str] = []
    refused = SessionRefusedError("429", status=429, retry_after=60)
    patient = reconnection(wait_fixed(2), asyncio.Event(), told)
    attempting = asyncio.create_task(patient.until_stopped(Sessions(refused)))
    while not told:  # noqa: ASYNC110  (there is no event)
        await asyncio.sleep(0)
    attempting.cancel()
    await asyncio.gather(attempting, return_exceptions=True)
    assert told == ["429 62"]


async def work() -> int:
    return 7


@pytest.mark.parametrize(("healthy_after", "attempts"), [(60, [1, 2]), (0, [])])
async def test_a_move_soon_after_another_waits_as_after_a_failure(healthy_after: float, attempts: list[int]) -> None:
    wait = FakeWait()
    moving = reconnection(wait, asyncio.Event(), [], healthy_after)
    for _ in range(3):
        assert await moving.moved(work) == 7
    assert wait.attempts == attempts


async def test_a_stop_ends_the_wait_for_the_next_move() -> None:
    stop = asyncio.Event()
    moving = reconnection(wait_fixed(3600), stop, [])
    await moving.moved(work)
    again = asyncio.create_task(moving.moved(work))
    await asyncio.sleep(0)
    stop.set()
    with pytest.raises(StoppedError):
        await again


def test_the_jitter_is_full_and_bounded() -> None:
    state = RetryCallState(None, None, (), {})  # type: ignore[arg-type]
    for attempt, longest in ((1, 1), (3, 4), (5, 16), (50, 60)):
        state.attempt_number = attempt
        waits = [FULL_JITTER(state) for _ in range(200)]
        assert 0 <= min(waits) < longest / 2 < max(waits) <= longest


def test_the_longest_wait_may_be_another() -> None:
    state = RetryCallState(None, None, (), {})  # type: ignore[arg-type]
    state.attempt_number = 50
    assert 0.5 < max(full_jitter(1)(state) for _ in range(200)) <= 1


async def test_a_stop_ends_the_wait_for_the_next_attempt() -> None:
    stop, told = asyncio.Event(), asyncio.Event()
    reconnection = Reconnection(wait_fixed(3600), stop, 60, lambda _error, _seconds: told.set())
    running = asyncio.create_task(reconnection.until_stopped(Sessions(OSError("refused"))))
    await told.wait()
    stop.set()
    with pytest.raises(StoppedError):
        await running


async def test_a_stop_cancels_what_is_under_way() -> None:
    stop = asyncio.Event()
    cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    waiting = asyncio.create_task(unless(stop, work()))
    await asyncio.sleep(0)
    stop.set()
    with pytest.raises(StoppedError):
        await waiting
    assert cancelled.is_set()


async def test_work_that_is_done_gives_its_result() -> None:
    assert await unless(asyncio.Event(), work()) == 7


async def test_an_attempt_that_is_cancelled_stays_cancelled() -> None:
    async def session() -> None:
        await asyncio.Event().wait()

    running = asyncio.create_task(reconnection(wait_none(), asyncio.Event(), []).until_stopped(session))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
