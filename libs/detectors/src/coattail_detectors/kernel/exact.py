"""Arithmetic on amounts that rounds nothing: the default context would, behind the 28th digit."""

from collections.abc import Iterable
from decimal import Context, Decimal
from functools import reduce
from typing import Final

_WIDE: Final = Context(prec=100)
_SMALLEST: Final = Decimal(1).scaleb(-18)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum."""
    return reduce(_WIDE.add, amounts, Decimal(0))


def product(one: Decimal, other: Decimal) -> Decimal:
    """The product."""
    return _WIDE.multiply(one, other)


def rounded(amount: Decimal) -> Decimal:
    """The amount with the 18 digits behind the point that a contract has room for."""
    return _WIDE.quantize(amount, _SMALLEST)


def digits(amount: Decimal) -> str:
    """The amount in plain digits without zeros at its end: the same whether it comes from the wire or from a table."""
    return f"{_WIDE.normalize(amount):f}"
