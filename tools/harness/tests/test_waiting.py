"""Waiting: for conditions that are looked at or asked for, within a time or without."""

import asyncio

import pytest

from coattail_harness.errors import HarnessError
from coattail_harness.waiting import until


async def test_until_returns_when_the_condition_holds() -> None:
    answers = iter([False, False, True])
    await until(lambda: next(answers), "it holds", 60, every=0)
    assert next(answers, None) is None


async def test_until_awaits_conditions_that_are_asked_for() -> None:
    answers = iter([False, True])

    async def asked() -> bool:
        return next(answers)

    await until(asked, every=0)
    assert next(answers, None) is None


async def test_until_names_what_did_not_come() -> None:
    with pytest.raises(HarnessError, match="waited 0 s in vain until it holds"):
        await until(lambda: False, "it holds", 0.01, every=0)


async def test_until_leaves_a_timeout_to_the_caller() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await until(lambda: False, every=0)


async def test_until_passes_on_a_timeout_of_the_condition() -> None:
    async def asked() -> bool:
        raise TimeoutError("no answer")

    with pytest.raises(TimeoutError, match="no answer"):
        await until(asked, "it holds", 60)
