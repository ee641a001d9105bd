"""Kraken's older names of assets, in REST and in files: `XBT` is BTC, `XDG` is DOGE. Its WebSocket v2 has today's names.

Source: the exchange's "API symbols and tickers" (REST's `altname` and asset ids, which differ) and the answer of `Assets`.
"""

from collections.abc import Mapping
from typing import Final

ALTNAMES: Final[Mapping[str, str]] = {"XBT": "BTC", "XDG": "DOGE"}
"""REST's `altname` of an asset → its name on the feed, and ours. All other assets have one name."""

_COINS: Final = ("XXBT", "XXDG", "XETC", "XETH", "XICN", "XLTC", "XMLN", "XREP", "XXLM", "XXMR", "XXRP", "XZEC")
_MONEY: Final = ("ZAUD", "ZCAD", "ZEUR", "ZGBP", "ZJPY", "ZUSD")

IDS: Final = (*_COINS, *_MONEY, "USDT")
"""The ids of the exchange's first assets, which REST prefixes by X or Z, and USDT: two of them in a row are a pair, `XXBTZUSD`.
XTZUSD is none: that is Tezos.
"""

OURS: Final[Mapping[str, str]] = {**ALTNAMES, **{name: ALTNAMES.get(name[1:], name[1:]) for name in (*_COINS, *_MONEY)}}
"""Our name of each asset that Kraken calls otherwise somewhere: BTC for `XBT` and `XXBT`. Case counts: `AAPLx` is itself."""

_ALTNAMES: Final = {ours: altname for altname, ours in ALTNAMES.items()}


def altname(asset: str) -> str:
    """Return what Kraken's REST calls our `asset` in a pair: `XBT` for BTC, `XDG` for DOGE; others stay as they are."""
    return _ALTNAMES.get(asset, asset)
