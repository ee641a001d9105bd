"""Exact amounts: an exchange's decimal strings, and the product of two of them."""

import re
from decimal import Context, Decimal, Inexact
from typing import Final

_PLAIN: Final = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,18})?").fullmatch
_SPELLED: Final = re.compile(r"[+]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]{1,4})?").fullmatch
_LONGEST: Final = 100
_WHOLE_DIGITS: Final = 20
_SCALE: Final = 18
_REMEMBERED: Final = 8192
_FINEST: Final = Decimal(1).scaleb(-_SCALE)
_exact: Final = Context(prec=2 * (_WHOLE_DIGITS + _SCALE), traps=[Inexact])
_multiply: Final = _exact.multiply


class AmountError(ValueError):
    """An amount that is not a positive decimal of plain digits, or that does not fit `decimal(38,18)`."""


def quote_volume(price: str, quantity: str) -> str:
    """The exact product of a price and a quantity, without an exponent: `61837.63 × 0.02000000 = 1236.7526000000`.

    Raises `AmountError` when one of the three is zero, is not made of plain digits (a sign, an exponent, NaN), or needs
    more than 20 digits before the point or 18 after it.
    """
    try:
        product = _multiply(_amounts[price], _amounts[quantity])
    except AmountError as error:
        message = f"{_wrong(price)} {error}"
        raise AmountError(message) from None
    digits = str(product)
    point = digits.find(".")
    if 0 < point <= _WHOLE_DIGITS and len(digits) - point <= _SCALE + 1 and "E" not in digits:
        return digits
    return _fitted(product)


def plain(text: str) -> str:
    """Return an amount as plain digits: `2e-8` as `0.00000002`, `1.5E+3` as `1500`, `.5` as `0.5`, and plain digits as they are.

    It is exact. A text that is no such amount, or that needs more than 20 digits before the point or 18 after it, comes back as it
    is, for `quote_volume` to refuse. Lines of the stream never hold an exponent: connectors and loaders call this before they make one.
    """
    if _PLAIN(text) or len(text) > _LONGEST or not _SPELLED(text):
        return text
    amount = Decimal(text)
    if not amount:
        return "0"
    if amount.adjusted() >= _WHOLE_DIGITS:
        return text
    digits = f"{amount:f}"
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return digits if _PLAIN(digits) else text


def _wrong(price: str) -> str:
    """Which of the two it was: a good price is remembered by now."""
    return "quantity" if price in _amounts else "price"


class _Amounts(dict[str, Decimal]):
    """Amounts by their digits. Neighbouring trades share prices and often quantities: four of five are found here."""

    def __missing__(self, text: str) -> Decimal:
        if not _PLAIN(text):
            message = f"{text[:60]!r} is not a plain decimal of at most 20 digits before the point and 18 after it"
            raise AmountError(message)
        amount = Decimal(text)
        if not amount:
            message = f"{text} is not above zero"
            raise AmountError(message)
        if len(self) >= _REMEMBERED:
            self.clear()  # now and then everything: to forget the oldest alone costs more than it saves
        self[text] = amount
        return amount


_amounts: Final = _Amounts()


def _fitted(product: Decimal) -> str:
    """The product without an exponent, and with at most 18 digits after the point where those beyond are zeros."""
    if int(product.as_tuple().exponent) < -_SCALE:
        try:
            product = product.quantize(_FINEST, context=_exact)
        except Inexact:
            message = f"quote volume needs more than {_SCALE} digits after the point"
            raise AmountError(message) from None
    if product.adjusted() >= _WHOLE_DIGITS:
        message = f"quote volume needs more than {_WHOLE_DIGITS} digits before the point"
        raise AmountError(message)
    return f"{product:f}"
