"""A dose that several share."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from coattail_chaos.scenarios.sharing import each, shared


@given(st.integers(1, 6), st.integers(0, 30))
def test_the_shares_are_the_dose_and_everyone_suffers(several: int, times: int) -> None:
    suffered: dict[int, int] = {}

    async def suffer(one: int, share: int) -> None:
        suffered[one] = share

    asyncio.run(shared(range(several), times, suffer))

    assert set(suffered) == set(range(several))
    assert sum(suffered.values()) == max(times, several)
    assert min(suffered.values()) >= 1
    assert max(suffered.values()) - min(suffered.values()) <= 1


async def test_each_suffers_the_whole_at_the_same_time() -> None:
    together = asyncio.Barrier(3)

    async def suffer(_: str) -> None:
        await together.wait()

    async with asyncio.timeout(60):
        await each(("one", "two", "three"), suffer)
