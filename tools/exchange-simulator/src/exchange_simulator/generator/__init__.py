"""Generated markets: pure functions of a scenario, with no clock and no I/O."""

from exchange_simulator.generator.market import MarketGenerator
from exchange_simulator.generator.source import GeneratedSource

__all__ = ["GeneratedSource", "MarketGenerator"]
