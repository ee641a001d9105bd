from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_simulator.decimals import fixed8, plain, product, shortest, units


@given(st.integers(min_value=0, max_value=10**18))
def test_both_forms_read_back_as_the_same_number(number: int) -> None:
    assert units(fixed8(number)) == units(shortest(number)) == number


@pytest.mark.parametrize(
    ("number", "fixed", "short"),
    [
        (6_183_763_000_000, "61837.63000000", "61837.63"),
        (4_000_000, "0.04000000", "0.04"),
        (7_000_000_000, "70.00000000", "70"),
        (0, "0.00000000", "0"),
    ],
)
def test_forms_of_the_recordings(number: int, fixed: str, short: str) -> None:
    assert (fixed8(number), shortest(number)) == (fixed, short)


@pytest.mark.parametrize("text", ["", "x", "-1", "NaN", "Infinity", "0.000000001", "0.-10000"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a decimal|negative"):
        units(text)


def test_product_is_exact() -> None:
    assert product(units("61837.63"), units("0.00001")) == Decimal("0.6183763")
    assert plain(product(units("100000"), units("1.5"))) == "150000"
