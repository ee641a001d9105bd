"""How a sweep's notional is spread over its fills."""

from random import Random

from exchange_simulator.plans import FILL_LIMIT_USD


def split(random: Random, usd: float, fills: int) -> list[float]:
    """Parts that sum to ``usd``, uneven as an order book is, and none above ``FILL_LIMIT_USD``.

    Exponential parts are drawn towards their mean just as far as the limit asks for, which keeps the sum.
    ``usd / fills`` must not be above the limit.
    """
    drawn = [random.expovariate(1.0) for _ in range(fills)]
    scale = usd / sum(drawn)
    parts = [part * scale for part in drawn]
    mean = usd / fills
    excess = max(parts) - mean
    pull = min(1.0, (FILL_LIMIT_USD - mean) / excess) if excess > 0 else 1.0
    return [mean + pull * (part - mean) for part in parts]
