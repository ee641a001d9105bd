"""From Binance's joined symbols (``BTCUSDT``) to ``BASE-QUOTE``: recordings do not say where to part them."""

_QUOTES = (
    "USDT",
    "USDC",
    "FDUSD",
    "TUSD",
    "BUSD",
    "USD",
    "BTC",
    "ETH",
    "BNB",
    "EUR",
    "GBP",
    "TRY",
    "BRL",
    "JPY",
    "DAI",
    "AUD",
)


def parted(native: str) -> str:
    """``BTCUSDT`` to ``BTC-USDT``, by the quote assets Binance lists.

    Raises:
        ValueError: the symbol ends with none of them.
    """
    for quote in _QUOTES:
        if native.endswith(quote) and len(native) > len(quote):
            return f"{native.removesuffix(quote)}-{quote}"
    raise ValueError(f"symbol {native!r} ends with no quote asset known here ({', '.join(_QUOTES)})")
