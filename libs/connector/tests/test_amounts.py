import re
from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coattail_connector import AmountError, plain, quote_volume
from coattail_connector.frames import amounts as module

WIRE = re.compile(r"^[0-9]{1,20}(\.[0-9]{1,18})?$")


@pytest.mark.parametrize(
    ("price", "quantity", "expected"),
    [
        ("61837.63000000", "0.02000000", "1236.7526000000000000"),
        ("0.00001303", "985", "0.01283455"),
        ("0.00000001", "0.00000001", "0.0000000000000001"),
        ("1", "1", "1"),
        ("0.000000001000000000", "0.000000001", "0.000000000000000001"),
        ("12345678901234567890", "1", "12345678901234567890"),
        ("007.5", "2", "15.0"),
    ],
)
def test_the_product_is_exact_and_has_no_exponent(price: str, quantity: str, expected: str) -> None:
    assert quote_volume(price, quantity) == expected


@pytest.mark.parametrize(
    "amount",
    [
        "",
        "0",
        "0.0",
        "-1",
        "+1",
        "1e5",
        "1E-7",
        "NaN",
        "Infinity",
        "0.-10000",
        ".5",
        "5.",
        "1_000",
        " 1",
        "1\n",
        "١",
        "1,5",
    ],
)
def test_what_is_no_positive_plain_decimal_is_refused_on_either_side(amount: str) -> None:
    with pytest.raises(AmountError, match="price"):
        quote_volume(amount, "1")
    with pytest.raises(AmountError, match="quantity"):
        quote_volume("1", amount)


@pytest.mark.parametrize(
    ("price", "quantity", "problem"),
    [
        ("123456789012345678901", "1", "at most 20 digits"),
        ("0.1234567890123456789", "1", "18 after"),
        ("0.0000000001", "0.0000000001", "more than 18 digits after the point"),
        ("99999999999", "99999999999", "more than 20 digits before the point"),
        ("99999999999.000000000000000000", "99999999999", "more than 20 digits before the point"),
    ],
)
def test_what_does_not_fit_the_lakehouse_is_refused(price: str, quantity: str, problem: str) -> None:
    with pytest.raises(AmountError, match=problem):
        quote_volume(price, quantity)


def test_what_is_remembered_is_bounded() -> None:
    for price in range(1, 10_000):
        quote_volume(f"{price}.5", "2")

    assert len(module._amounts) <= 8192


amounts = st.from_regex(r"[0-9]{1,20}(\.[0-9]{1,18})?", fullmatch=True)


def outcome(price: str, quantity: str) -> str | AmountError:
    try:
        return quote_volume(price, quantity)
    except AmountError as refused:
        return refused


@given(amounts, amounts)
def test_every_product_is_exact_or_refused(price: str, quantity: str) -> None:
    volume = outcome(price, quantity)
    if isinstance(volume, str):
        assert WIRE.match(volume)
        assert Decimal(volume) == Context(prec=100).multiply(Decimal(price), Decimal(quantity))
    else:
        assert str(volume)


@given(st.text(max_size=30), st.text(max_size=30))
def test_nothing_but_an_amount_error_is_raised(price: str, quantity: str) -> None:
    assert str(outcome(price, quantity))


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("2e-8", "0.00000002"),
        ("1E-7", "0.0000001"),
        ("1.5e+3", "1500"),
        ("1.50e1", "15"),
        ("1e-18", "0.000000000000000001"),
        ("100e-20", "0.000000000000000001"),
        ("9.9e19", "99000000000000000000"),
        ("+5", "5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("0e-5", "0"),
        ("0.0200", "0.0200"),
    ],
)
def test_plain_expands_an_exponent_exactly(text: str, digits: str) -> None:
    assert plain(text) == digits


@pytest.mark.parametrize(
    "text",
    ["1e-19", "15e-19", "1e20", "1e9999", "1e99999", "-1e-8", "1_000", "1e", "e5", "NaN", "", ".", "1 e5", "١e1"],
)
def test_plain_leaves_what_is_no_exact_amount(text: str) -> None:
    """`quote_volume` refuses these, and says why."""
    assert plain(text) == text
    with pytest.raises(AmountError):
        quote_volume(text, "1")


@given(st.decimals(min_value=0, max_value=10**20 - 1, allow_nan=False, places=18), st.integers(-40, 40))
def test_plain_undoes_any_spelling(amount: Decimal, shift: int) -> None:
    """The digits shifted by an exponent that shifts them back are the same amount."""
    found = plain(f"{amount.scaleb(-shift, Context(prec=60)):f}e{shift}")

    assert Decimal(found) == amount
