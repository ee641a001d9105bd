"""Exact amounts: an exchange's decimal strings, and the product of two of them."""

import re
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import lru_cache
from typing import Final

_PLAIN: Final = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,18})?").fullmatch
_EXACT: Final = Context(prec=76, traps=[Inexact, InvalidOperation])
_multiply: Final = _EXACT.multiply
_WHOLE_DIGITS: Final = 20
_SCALE: Final = 18


class AmountError(ValueError):
    """An amount that is not a positive decimal of plain digits, or that does not fit `decimal(38,18)`."""


def quote_volume(price: str, quantity: str) -> str:
    """The exact product of a price and a quantity, without an exponent: `61837.63 × 0.02000000 = 1236.7526000000`.

    Raises `AmountError` when one of the three is zero, is not made of plain digits (a sign, an exponent, NaN), or needs
    more than 20 digits before the point or 18 after it.
    """
    try:
        product = _multiply(_amount(price), _amount(quantity))
    except AmountError as error:
        name = "quantity" if _PLAIN(price) else "price"
        message = f"{name} {error}"
        raise AmountError(message) from None
    if not product:
        message = f"price {price} and quantity {quantity} must both be above zero"
        raise AmountError(message)
    text = f"{product:f}"
    return text if _fits(text) else _fitted(product)


@lru_cache(maxsize=4096)
def _amount(text: str) -> Decimal:
    """The amount of plain digits. Neighbouring trades share prices and often quantities: most are remembered."""
    if not _PLAIN(text):
        message = f"{text[:60]!r} is not a plain decimal of at most 20 digits before the point and 18 after it"
        raise AmountError(message)
    return Decimal(text)


def _fits(text: str) -> bool:
    whole = text.find(".")
    return whole <= _WHOLE_DIGITS and len(text) - whole - 1 <= _SCALE if whole >= 0 else len(text) <= _WHOLE_DIGITS


def _fitted(product: Decimal) -> str:
    """The product with its scale brought to 18 digits where the digits beyond are zeros."""
    try:
        text = f"{_EXACT.quantize(product, Decimal(1).scaleb(-_SCALE)):f}"
    except Inexact:
        message = f"quote volume {product:f} needs more than 18 digits after the point"
        raise AmountError(message) from None
    if not _fits(text):
        message = f"quote volume {product:f} needs more than 20 digits before the point"
        raise AmountError(message)
    return text
