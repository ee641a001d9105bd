"""What MOD-003 takes to close a window, by the number of markets: half of them at each of two exchanges, each asset at both.

A window is closed when the watermarks of both pass its end: pairs are sought, bases estimated, and a row is made for each pair. The
bars are shown before, and are not measured. Steps are calls of functions and turns of generators: their number depends on no machine.
"""

import math
import os
import platform
import statistics
import sys
import time
from collections import Counter
from decimal import Decimal
from typing import Final

import msgspec

from coattail_common.ids import Market
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.observed import Bar
from coattail_detectors.modules.spread_calculator.detector import SpreadDetector
from coattail_testing.detectors import PROVENANCE, SECOND

MARKETS: Final = (100, 500, 1_500, 3_000)
WINDOWS: Final = 15
_WIDTH: Final = 30 * SECOND
_VENUES: Final = (("binance", "USDT"), ("coinbase", "USD"))


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """One number of markets: the median and the most of `WINDOWS` windows, the median over n log₂ n, and steps a market."""

    markets: int
    rows: int
    ms: float
    most_ms: float
    ns_over_n_log_n: float
    steps_a_market: float


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """By the number of markets."""

    costs: tuple[Cost, ...]
    machine: str


def run(markets: tuple[int, ...] = MARKETS, windows: int = WINDOWS) -> Result:
    """Measure: some seconds."""
    costs = []
    for count in markets:
        cost = _cost(count, windows)
        sys.stderr.write(
            f"bench: {count:,} markets: {cost.ms} ms a window, {cost.steps_a_market} steps a market, {cost.rows:,} rows\n"
        )
        costs.append(cost)
    return Result(
        costs=tuple(costs), machine=f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    )


def _cost(count: int, windows: int) -> Cost:
    found, seconds = 0, []
    detector = SpreadDetector(Features(), PROVENANCE)
    for number in range(windows):
        detector.inspect(DetectorInput(bars=_bars(count, number * _WIDTH)), 0)
        began = time.process_time()
        found = len(detector.inspect(DetectorInput(watermarks=_closing(number)), 0))
        seconds.append(time.process_time() - began)
    median = statistics.median(seconds)
    return Cost(
        markets=count,
        rows=found,
        ms=round(median * 1e3, 2),
        most_ms=round(max(seconds) * 1e3, 2),
        ns_over_n_log_n=round(median * 1e9 / (count * math.log2(count))),
        steps_a_market=round(_steps(detector, count, windows) / count, 1),
    )


def _steps(detector: SpreadDetector, count: int, number: int) -> int:
    """Return how many steps closing one more window takes."""
    detector.inspect(DetectorInput(bars=_bars(count, number * _WIDTH)), 0)
    events = Counter[str]()
    sys.setprofile(lambda _frame, event, _argument: events.update([event]))
    try:
        detector.inspect(DetectorInput(watermarks=_closing(number)), 0)
    finally:
        sys.setprofile(None)
    return events["call"]


def _closing(number: int) -> dict[str, int]:
    return {exchange: (number + 1) * _WIDTH for exchange, _ in _VENUES}


def _bars(count: int, start: int) -> tuple[Bar, ...]:
    return tuple(
        Bar(
            market=Market(exchange, f"A{number}-{quote}"),
            start=start,
            trades=1,
            volume=Decimal(2),
            amount=Decimal(200 + number),
            first_trade_id=start // SECOND + 1,
            last_trade_id=start // SECOND + 1,
            newest=start,
        )
        for exchange, quote in _VENUES
        for number in range(count // len(_VENUES))
    )
