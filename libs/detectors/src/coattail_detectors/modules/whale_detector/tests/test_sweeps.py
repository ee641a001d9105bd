"""Runs: consecutive ids of one side in one millisecond, however the fills were cut into batches."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from coattail_detectors.kernel.observed import Fill
from coattail_detectors.modules.whale_detector.sweeps import runs


def fill(trade_id: int, side: str = "buy", millisecond: int = 5, amount: str = "10") -> Fill:
    return Fill(
        trade_id=trade_id,
        side=side,
        timestamp=millisecond * 1000,
        price=Decimal(amount),
        quantity=Decimal(1),
        amount=Decimal(amount),
    )


def test_one_order_is_one_run() -> None:
    assert [len(run.fills) for run in runs([fill(1), fill(2), fill(3)])] == [3]


def test_another_side_another_millisecond_or_a_missing_id_ends_a_run() -> None:
    fills = [fill(1), fill(2, side="sell"), fill(3, side="sell", millisecond=6), fill(5, side="sell", millisecond=6)]

    assert [len(run.fills) for run in runs(fills)] == [1, 1, 1, 1]


market = st.lists(st.tuples(st.sampled_from(["buy", "sell"]), st.integers(0, 2)), min_size=1, max_size=30)


@given(market)
def test_every_fill_is_in_one_run_and_no_two_neighbours_are_one_order(trades: list[tuple[str, int]]) -> None:
    fills = [fill(number, side, millisecond) for number, (side, millisecond) in enumerate(trades)]

    found = runs(fills)

    assert [one for run in found for one in run.fills] == fills
    assert not any(left.goes_on_in(right.first) for left, right in pairwise(found))
