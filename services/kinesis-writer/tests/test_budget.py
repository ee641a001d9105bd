"""The bound on memory: who would go beyond it waits, in turn."""

import asyncio

import pytest

from kinesis_writer.budget import ByteBudget


async def until_waiting(task: asyncio.Task[None]) -> None:
    """Let the task run until it can go no further."""
    for _ in range(5):
        await asyncio.sleep(0)
    assert not task.done()


async def test_it_is_first_come_first_served() -> None:
    budget = ByteBudget(10)
    await budget.acquire(8)
    large = asyncio.create_task(budget.acquire(9))
    await until_waiting(large)
    small = asyncio.create_task(budget.acquire(1))
    await until_waiting(small)

    budget.release(8)
    await asyncio.gather(large, small)

    assert budget.used == 10


async def test_nothing_fits_before_somebody_who_waits() -> None:
    budget = ByteBudget(10)
    await budget.acquire(8)
    assert budget.fits(2)
    large = asyncio.create_task(budget.acquire(9))
    await until_waiting(large)

    assert not budget.fits(2)
    budget.release(8)
    await large
    assert budget.fits(1)


async def test_what_is_larger_than_the_limit_is_let_in_alone() -> None:
    budget = ByteBudget(10)
    await budget.acquire(1)
    huge = asyncio.create_task(budget.acquire(50))
    await until_waiting(huge)

    budget.release(1)
    await huge

    assert budget.used == 50


async def test_a_wait_that_is_cancelled_counts_nothing() -> None:
    budget = ByteBudget(10)
    await budget.acquire(10)
    waiting = asyncio.create_task(budget.acquire(1))
    await until_waiting(waiting)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    budget.release(10)

    assert budget.used == 0
    await budget.acquire(10)
