"""The lines of trades that `compression` measures: recorded at Binance, and those of the simulator's demo, through our connectors' code.

Each corpus is a list of the lines of each market, in order, as a record of the stream holds them.
"""

import gzip
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from coattail_common import venues
from coattail_common.lines import TradeLine
from exchange_simulator.binance import frames as binance_frames
from exchange_simulator.coinbase import frames as coinbase_frames
from exchange_simulator.generator.source import GeneratedSource
from exchange_simulator.model import Venue
from exchange_simulator.scenario_file import load_scenario

type Corpus = list[list[bytes]]

_ROOT: Final = Path(__file__).parents[1]
RECORDINGS: Final = _ROOT.parent / "shared/data/binance_spot"
_SCENARIO: Final = _ROOT / "config/scenarios/demo.yaml"
_FRAME: Final = {Venue.BINANCE: binance_frames.combined, Venue.COINBASE: coinbase_frames.match}
_SECONDS: Final = 24
"""Of the scenario: a thousand trades a second."""
_BEGIN: Final = 1_767_225_600_000_000
_DELAY: Final = 40_000
"""µs from a trade to its receipt; the simulator's own trades have none here."""


def corpora() -> dict[str, Corpus]:
    """Return the corpora by name; without the recorded one where the recordings are not there."""
    found = {"generated": _generated()}
    if recorded := _recorded():
        found = {"recorded": recorded, **found}
    else:
        sys.stderr.write(f"bench: {RECORDINGS} is not there: recorded trades are not measured\n")
    return found


def _recorded() -> Corpus:
    """Each frame is received when the recorder received it."""
    frames: list[tuple[bytes, int]] = []
    for path in sorted(RECORDINGS.glob("*.gz")):
        with gzip.open(path) as file:
            for line in file:
                received, _, frame = line.partition(b" ")
                if b'@trade"' in frame:
                    frames.append((frame.strip(), int(received) // 1000))
    return _by_market(_lines("binance", ("BTC-USDT", "ETH-USDT"), frames))


def _generated() -> Corpus:
    source = GeneratedSource(load_scenario(_SCENARIO))
    frames: dict[str, list[tuple[bytes, int]]] = defaultdict(list)
    symbols: dict[str, list[str]] = defaultdict(list)
    for market in source.markets:
        symbols[market.exchange].append(market.symbol)
    for one in source.take(_SECONDS * 1_000_000, _BEGIN).emissions:
        frames[one.market.exchange].append((_FRAME[one.market.exchange](one), one.time_us + _DELAY))
    return [lines for exchange in frames for lines in _by_market(_lines(exchange, symbols[exchange], frames[exchange]))]


def _lines(exchange: str, symbols: Iterable[str], frames: Iterable[tuple[bytes, int]]) -> list[TradeLine]:
    venue = venues.find(exchange)
    markets: Mapping[str, object] = venues.code(venue.markets_by_name)(list(symbols))
    normalise = venues.code(venue.feeds[0].normalise)
    messages = [message for frame, received in frames for message in normalise(markets, frame, received)]
    lines = [one for one in messages if isinstance(one, TradeLine)]
    if len(lines) != len(messages):
        raise ValueError(
            f"{len(messages) - len(lines)} frames of {exchange} are no trades: the corpus is not what it was"
        )
    return lines


def _by_market(lines: Iterable[TradeLine]) -> Corpus:
    markets: dict[object, list[bytes]] = defaultdict(list)
    for one in lines:
        markets[one.market].append(one.line)
    return list(markets.values())
