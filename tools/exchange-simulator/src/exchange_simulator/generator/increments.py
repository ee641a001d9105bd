"""The steps in which a market's prices and quantities move."""

import math

import msgspec

from exchange_simulator.model import UNITS, Venue
from exchange_simulator.venues import simulated


class Increments(msgspec.Struct, frozen=True):
    """Tick (price step) and lot (quantity step), both in units of 1e-8."""

    tick: int
    lot: int


def increments(venue: Venue, price: float) -> Increments:
    """What the venues use for an asset of about this price.

    The tick is a cent from 100 USD up and finer below. Binance's lot is worth at most about one USD
    (0.00001 BTC, 0.0001 ETH); the others trade in steps of 1e-8.
    """
    if price >= 100:
        tick = UNITS // 100
    elif price >= 1:
        tick = UNITS // 10_000
    elif price >= 0.01:
        tick = 100
    else:
        tick = 1
    is_coarse = simulated(venue).whole_lots
    lot = max(1, round(UNITS * 10.0 ** math.floor(math.log10(0.9 / price)))) if is_coarse else 1
    return Increments(tick=tick, lot=lot)
