"""Units of 1e-8 to and from the decimal strings that the venues print."""

from decimal import Decimal, InvalidOperation

from exchange_simulator.model import UNITS


def fixed8(units: int) -> str:
    """All eight places, as Binance prints every price and quantity (``61837.63000000``)."""
    whole, part = divmod(units, UNITS)
    return f"{whole}.{part:08d}"


def shortest(units: int) -> str:
    """No trailing zeros, as Coinbase prints them on its feed (``0.04``, ``70``)."""
    whole, part = divmod(units, UNITS)
    return f"{whole}.{part:08d}".rstrip("0") if part else str(whole)


def pointed(units: int) -> str:
    """No trailing zeros, but always a point, as Kraken prints numbers on its feed (``40.0``, ``0.5117``)."""
    text = shortest(units)
    return text if "." in text else f"{text}.0"


def units(text: str) -> int:
    """Read a non-negative decimal string exactly.

    Raises:
        ValueError: the text is not a plain decimal, is negative, or is finer than 1e-8.
    """
    try:
        scaled = Decimal(text) * UNITS
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is not a decimal number") from error
    if not scaled.is_finite() or scaled < 0 or scaled != scaled.to_integral_value():
        raise ValueError(f"{text!r} is negative, not finite, or finer than 0.00000001")
    return int(scaled)


def product(price: int, quantity: int) -> Decimal:
    """Price times quantity, exact (sixteen places)."""
    return Decimal(price * quantity).scaleb(-16)


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
