r"""How a market is written, `BTC-USDT`: two assets of letters and digits, as the exchange has them. Case carries meaning.

The exchanges' own names are kept: Kraken's `AAPLx` is another asset than `AAPLX`, Binance has `币安人生`, Kraken `BRK.Bx`. Letters are
listed by ranges of code points, all of one UTF-16 unit, and not by `\w`: Python, Java (Spark), JSON Schema and Terraform read the
same text as the same set, whichever Unicode version each of them knows.
"""

import re
from functools import cache
from typing import Final

_LETTERS: Final = (
    r"\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u024F"  # Latin with its marks, without × and ÷
    r"\u0388-\u03FF\u0400-\u0481\u048A-\u052F"  # Greek, Cyrillic
    r"\u3041-\u3096\u30A1-\u30FC\u3400-\u4DBF\u4E00-\u9FFF\uAC00-\uD7A3"  # Kana, Han, Hangul
)

ASSET_PATTERN: Final = rf"(?![.])(?=[a-z.]*[^a-z.-])[0-9A-Za-z.{_LETTERS}]{{1,20}}"
"""An asset, as a regular expression that Python, Java and JavaScript read alike. It begins with no dot, and is not all in small
letters: no exchange has such a name, and `btc-usdt` is a slip."""

SYMBOL_PATTERN: Final = rf"{ASSET_PATTERN}-{ASSET_PATTERN}"
"""A market, BASE-QUOTE."""


def is_symbol(text: str) -> bool:
    """Return whether `text` is written BASE-QUOTE."""
    return _symbols().fullmatch(text) is not None


@cache
def _symbols() -> re.Pattern[str]:
    # Compiled at the first use: its ranges take 5 ms, and most who import the contracts ask for no symbol.
    return re.compile(SYMBOL_PATTERN)
