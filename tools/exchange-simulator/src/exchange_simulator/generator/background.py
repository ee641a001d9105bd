"""Background trading: the arrivals and sizes of everything that is not injected."""

import math
from collections.abc import Iterator
from random import Random

import msgspec

from exchange_simulator.model import TakerSide

LIMIT_USD = 60_000.0
"""All background trades of a market in one millisecond stay below this together, so that none is ever a whale."""

BUDGET_USD = 59_000.0
"""What may be asked for in one millisecond: the rest is room for quantities that round up to a whole lot."""

# Below the budget by more than the rounding of a sum: an order must fit into an empty millisecond.
_ORDER_USD = 58_000.0
_FILL_USD = 50_000.0
_BURST_CHANCE = 0.25
_BURST_FILLS = (2, 9)
_MEAN_FILLS = 1 - _BURST_CHANCE + _BURST_CHANCE * sum(_BURST_FILLS) / 2
# Binance BTC-USDT on 8 August 2024: median 37, mean 1,341 USD.
_SIZE_SIGMA = 2.5
_SAMPLE_ORDERS = 5000


class Cluster(msgspec.Struct, gc=False):
    """One taker order: its time, side, and the USD of each of its fills (within ``BUDGET_USD`` together)."""

    time_us: int
    side: TakerSide
    usd: list[float]


def background(random: Random, trades_per_second: float, typical_usd: float) -> Iterator[Cluster]:
    """A Poisson process of taker orders with log-normal fills; a quarter of them fill several times at once.

    Endless; times never go back.
    """
    orders_per_us = trades_per_second / _MEAN_FILLS / 1e6
    size_mu = math.log(typical_usd)
    time_us = 0.0
    while True:
        time_us += random.expovariate(orders_per_us)
        side = TakerSide.BUY if random.random() < 0.5 else TakerSide.SELL
        yield Cluster(int(time_us), side, _fills(random, size_mu))


def usual_usd_per_second(random: Random, trades_per_second: float, typical_usd: float) -> float:
    """The volume of a background: the rate of its orders times what a sample of them is worth on average."""
    size_mu = math.log(typical_usd)
    sampled = math.fsum(sum(_fills(random, size_mu)) for _ in range(_SAMPLE_ORDERS))
    return sampled / _SAMPLE_ORDERS * trades_per_second / _MEAN_FILLS


def _fills(random: Random, size_mu: float) -> list[float]:
    fills = random.randint(*_BURST_FILLS) if random.random() < _BURST_CHANCE else 1
    usd = [min(_FILL_USD, random.lognormvariate(size_mu, _SIZE_SIGMA)) for _ in range(fills)]
    total = sum(usd)
    return usd if total <= _ORDER_USD else [part * _ORDER_USD / total for part in usd]
