"""Runs: consecutive ids of one side in one millisecond, however the fills were cut into batches."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from stream_detectors.detectors.sweeps import Run, runs
from stream_detectors.observation import Fill


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


def test_a_held_run_goes_on() -> None:
    (run,) = runs([fill(3), fill(4)], held=Run((fill(1), fill(2))))

    assert (run.first.trade_id, run.last.trade_id, run.amount, run.quantity) == (1, 4, Decimal(40), Decimal(4))


def test_a_held_run_that_does_not_go_on_stands_alone() -> None:
    held, other = runs([fill(3, side="sell")], held=Run((fill(1), fill(2))))

    assert (held.last.trade_id, other.first.trade_id) == (2, 3)


market = st.lists(st.tuples(st.sampled_from(["buy", "sell"]), st.integers(0, 2)), min_size=1, max_size=30)


@given(market, st.integers(0, 30))
def test_cutting_a_market_in_two_changes_no_run(trades: list[tuple[str, int]], cut: int) -> None:
    fills = [fill(number, side, millisecond) for number, (side, millisecond) in enumerate(trades)]
    whole = runs(fills)
    head, tail = fills[:cut], fills[cut:]

    before = runs(head)
    held = before.pop() if before else None

    assert before + runs(tail, held) == whole
