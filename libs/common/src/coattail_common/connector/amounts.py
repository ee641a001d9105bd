"""Exact amounts: an exchange's decimal strings, and the product of two of them."""

import re
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Final

_PLAIN: Final = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,18})?").fullmatch
_EXACT: Final = Context(prec=76, traps=[Inexact, InvalidOperation])
_SCALE: Final = Decimal(1).scaleb(-18)


class AmountError(ValueError):
    """An amount that is not a positive decimal of plain digits, or that does not fit `decimal(38,18)`."""


def quote_volume(price: str, quantity: str) -> str:
    """The exact product of a price and a quantity, without an exponent: `61837.63000000 × 0.02000000 =
    1236.7526000000000000`.

    Raises `AmountError` when one of the three is zero, is not made of plain digits (a sign, an exponent, NaN), or needs
    more than 20 digits before the point or 18 after it.
    """
    if not _PLAIN(price):
        raise AmountError(_not_plain("price", price))
    if not _PLAIN(quantity):
        raise AmountError(_not_plain("quantity", quantity))
    product = _EXACT.multiply(Decimal(price), Decimal(quantity))
    if not product:
        message = f"price {price} and quantity {quantity} must both be above zero"
        raise AmountError(message)
    text = f"{product:f}"
    return text if _PLAIN(text) else _fitted(product)


def _fitted(product: Decimal) -> str:
    """The product with its scale brought to 18 digits where the digits beyond are zeros."""
    try:
        text = f"{_EXACT.quantize(product, _SCALE):f}"
    except Inexact:
        message = f"quote volume {product:f} needs more than 18 digits after the point"
        raise AmountError(message) from None
    if not _PLAIN(text):
        message = f"quote volume {product:f} needs more than 20 digits before the point"
        raise AmountError(message)
    return text


def _not_plain(name: str, text: str) -> str:
    return f"{name} {text[:60]!r} is not a plain decimal of at most 20 digits before the point and 18 after it"
