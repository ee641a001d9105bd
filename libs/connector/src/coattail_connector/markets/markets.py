"""A market of an exchange."""

from dataclasses import dataclass

from coattail_common.contracts import is_symbol


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A market of an exchange: `symbol` is our name for it (`BTC-USDT`), of `base` and `quote`."""

    exchange: str
    symbol: str
    base: str
    quote: str


def market(exchange: str, symbol: str) -> Market:
    """Return the market called `symbol`. Raises `ValueError` unless it is written BASE-QUOTE, letters and digits."""
    if not is_symbol(symbol):
        message = f"{symbol!r} is not a market; write BASE-QUOTE as the exchange has them, as BTC-USDT"
        raise ValueError(message)
    base, _, quote = symbol.partition("-")
    return Market(exchange=exchange, symbol=symbol, base=base, quote=quote)
