"""Price and volume over time, coarse enough to draw."""

from typing import Final

import msgspec

from coattail_replay.landed import LandedMarket

_BARS: Final = 600
"""About as many as a picture can show."""
_WIDTHS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)
"""Seconds."""


class PriceBars(msgspec.Struct, frozen=True):
    """A market's bars of `seconds`, by time: their starts (UTC, µs), the lowest and highest price, the average weighted by volume, and
    the volume in base units."""

    exchange: str
    symbol: str
    seconds: int
    starts: list[int]
    lows: list[float]
    highs: list[float]
    averages: list[float]
    volumes: list[float]


def width(market: LandedMarket) -> int:
    """How long a bar is (s), for so much time as the market's trades span."""
    span = (market.last - market.first) / 1e6
    return next((seconds for seconds in _WIDTHS if span / seconds <= _BARS), round(span / _BARS / 86_400) * 86_400)
