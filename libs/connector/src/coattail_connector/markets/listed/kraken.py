"""Kraken's older names of assets, in REST and in files: `XBT` is BTC, `XDG` is DOGE. Its WebSocket v2 has today's names.

Source: the exchange's "API symbols and tickers" (REST's `altname` and asset ids, which differ) and the answer of `Assets`.
"""

from collections.abc import Mapping
from typing import Final

KRAKEN_ALTNAMES: Final[Mapping[str, str]] = {"XBT": "BTC", "XDG": "DOGE"}
"""REST's `altname` of an asset → its name on the feed, and ours. All other assets have one name."""

_IDS: Final = {
    **{f"X{name}": name for name in ("ETC", "ETH", "LTC", "MLN", "REP", "XLM", "XMR", "XRP", "ZEC", "ICN")},
    **{f"X{name}": ours for name, ours in KRAKEN_ALTNAMES.items()},
    **{f"Z{name}": name for name in ("AUD", "CAD", "EUR", "GBP", "JPY", "USD")},
}
"""The ids of the exchange's first assets, which REST prefixes by X or Z: `XXBT`, `ZUSD`."""

_ALTNAMES: Final = {ours: altname for altname, ours in KRAKEN_ALTNAMES.items()}


def from_kraken(asset: str) -> str:
    """Return our name of an asset that Kraken calls `asset`: BTC for `XBT` or `XXBT`, DOGE for `XDG`; others stay as they are.

    Case counts: `AAPLx` is itself.
    """
    return KRAKEN_ALTNAMES.get(asset) or _IDS.get(asset, asset)


def kraken_altname(asset: str) -> str:
    """Return what Kraken's REST calls our `asset` in a pair: `XBT` for BTC, `XDG` for DOGE; others stay as they are."""
    return _ALTNAMES.get(asset, asset)
