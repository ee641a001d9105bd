"""Exact amounts: an exchange's decimal strings, and the product of two of them."""

import re
from functools import lru_cache
from typing import Final

_PLAIN: Final = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,18})?").fullmatch
_WHOLE_DIGITS: Final = 20
_SCALE: Final = 18
_TOO_LARGE: Final = tuple(10 ** (_WHOLE_DIGITS + scale) for scale in range(_SCALE + 1))
"""The least product, its digits read as an integer, that has too many before the point, by how many stand behind it."""


class AmountError(ValueError):
    """An amount that is not a positive decimal of plain digits, or that does not fit `decimal(38,18)`."""


def quote_volume(price: str, quantity: str) -> str:
    """The exact product of a price and a quantity, without an exponent: `61837.63 × 0.02000000 = 1236.7526000000`.

    Raises `AmountError` when one of the three is zero, is not made of plain digits (a sign, an exponent, NaN), or needs
    more than 20 digits before the point or 18 after it.
    """
    try:
        left, right = _amount(price), _amount(quantity)
    except AmountError as error:
        name = "quantity" if _PLAIN(price) else "price"
        message = f"{name} {error}"
        raise AmountError(message) from None
    product, scale = left[0] * right[0], left[1] + right[1]
    if not product:
        message = f"price {price} and quantity {quantity} must both be above zero"
        raise AmountError(message)
    if scale > _SCALE or product >= _TOO_LARGE[scale]:
        return _fitted(product, scale)
    digits = str(product)
    if not scale:
        return digits
    if len(digits) <= scale:
        digits = digits.zfill(scale + 1)
    return f"{digits[:-scale]}.{digits[-scale:]}"


@lru_cache(maxsize=4096)
def _amount(text: str) -> tuple[int, int]:
    """The amount of plain digits, as an integer and how many of its digits stand behind the point.

    Neighbouring trades share prices and often quantities: most are remembered.
    """
    if not _PLAIN(text):
        message = f"{text[:60]!r} is not a plain decimal of at most 20 digits before the point and 18 after it"
        raise AmountError(message)
    whole, _, fraction = text.partition(".")
    return int(whole + fraction), len(fraction)


def _fitted(product: int, scale: int) -> str:
    """The product with at most 18 digits after the point, where the digits beyond are zeros."""
    beyond = scale - _SCALE
    if beyond > 0:
        product, rest = divmod(product, 10**beyond)
        scale = _SCALE
        if rest:
            message = f"quote volume needs more than {_SCALE} digits after the point"
            raise AmountError(message)
    if product >= _TOO_LARGE[scale]:
        message = f"quote volume needs more than {_WHOLE_DIGITS} digits before the point"
        raise AmountError(message)
    digits = str(product).zfill(scale + 1)
    return f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits
