"""Trades in the order of time → what detectors are shown of them, and the bars that pictures are drawn of.

What it means: `stream_detectors.bars`, `.observation` and `.batch`, which do the same in Spark. Sums of amounts are exact. The sums that
propose a burst are doubles; the detectors decide by the decimals.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Context, Decimal
from itertools import pairwise
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from coattail_common.ids import Market
from coattail_detectors.kernel.observed import AHEAD_MICROS, LARGEST_SUM, SUM_DIGITS, Bar, Fill, Wanted
from coattail_detectors.playback import MILLISECOND, Stretch, TimedBar, TimedFill, join_stretches, stretch_width
from coattail_replay.arrow.compute import arrow
from coattail_replay.arrow.compute import compute as pc
from coattail_replay.arrow.spill import Spill
from coattail_replay.arrow.trades import AMOUNT, NO_SIDE, SIDES, Column, Markets, column, pick
from coattail_replay.prices import PriceBars

SCHEMA: Final[pa.Schema] = arrow.schema(
    [
        ("market", pa.int32()),
        ("trade_id", pa.int64()),
        ("timestamp", pa.int64()),
        ("event_time", pa.int64()),
        ("price", AMOUNT),
        ("quantity", AMOUNT),
        ("quote_volume", AMOUNT),
        ("side", pa.int8()),
        ("price_scale", pa.int8()),
        ("quantity_scale", pa.int8()),
    ]
)
"""Trades, each once; times in UTC µs."""
_UNIT: Final = 1e-18
_UNITS: Final = 10 ** (AMOUNT.scale - SUM_DIGITS)
_QUARTER: Final = 32
_LOWER: Final = np.uint64(2**_QUARTER - 1)
_EXACT: Final = Context(prec=76)
_NEVER: Final = 2**63 - 1
_ROWS_A_WINDOW: Final = 1 << 19


def as_observed(rows: pa.Table) -> pa.Table:
    """Return trades with their ids as keys in the columns of `SCHEMA`, in their order."""
    timestamp, received = column(rows, "timestamp"), column(rows, "ingestion_timestamp")
    made: dict[str, Any] = {
        "trade_id": rows["key"],
        "event_time": arrow.array(np.minimum(timestamp, received + AHEAD_MICROS)),
    }
    columns = [made[name] if name in made else rows[name] for name in SCHEMA.names]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


class Observer:
    """Adds up the trades of a spill that is sorted by `timestamp`. `prices` are the widths (µs) of the bars to draw, by market's number."""

    def __init__(
        self, spill: Spill, markets: Markets, wanted: Wanted, lateness: int, widths: Mapping[int, int]
    ) -> None:
        self._spill = spill
        self._markets = markets
        self._wanted = wanted
        self._lateness = lateness
        self._widths = widths
        self._step = stretch_width(wanted)
        self._order = [number for number in markets.in_order() if number in spill.pieces]
        self._prices = {number: _Prices() for number in self._order}
        self._rates = self._find_rates()

    def stretches(self, threads: int) -> Iterator[Stretch]:
        """Yield the stretches by their starts. The next windows are added up by threads meanwhile."""
        pieces = [piece for number in self._order for piece in self._spill.pieces[number]]
        if not pieces:
            return
        windows = list(pairwise(self._spill.bounds(pieces, _ROWS_A_WINDOW, self._step)))
        with ThreadPoolExecutor(threads) as pool:
            waiting = [pool.submit(self._add_up, *one) for one in windows[:threads]]
            for place in range(len(windows)):
                found = waiting.pop(0).result()
                if place + threads < len(windows):
                    waiting.append(pool.submit(self._add_up, *windows[place + threads]))
                for number, prices in found.prices.items():
                    self._prices[number].add(prices)
                yield from join_stretches(found.bars, found.fills, self._step)

    def price_bars(self) -> list[PriceBars]:
        """Return the bars to draw, by market, after all stretches."""
        return [self._prices[number].as_bars(self._markets[number], self._widths[number]) for number in self._order]

    def _find_rates(self) -> Mapping[int, float]:
        """What one of a market's quote currency is in US dollars, by the market's number, where that is known."""
        rates = {}
        for number in self._order:
            rate = self._wanted.rates.get(self._markets[number].symbol.partition("-")[2])
            if rate is not None:
                rates[number] = float(rate)
        return rates

    def _add_up(self, low: int, high: int) -> "_Window":
        found = _Window()
        for number in self._order:
            rows = self._spill.between(self._spill.pieces[number], low, high)
            if len(rows):
                self._add_market(found, number, _in_time(rows))
        found.bars.sort(key=lambda one: (one.bar.start, one.bar.market))
        found.fills.sort(key=lambda one: (one.fill.timestamp // self._step, one.market, one.fill.trade_id))
        return found

    def _add_market(self, found: "_Window", number: int, rows: pa.Table) -> None:
        market = self._markets[number]
        timestamp = column(rows, "timestamp")
        volume = _doubles(rows["quote_volume"])
        found.prices[number] = _price_parts(rows, timestamp, volume, self._widths[number])
        if self._wanted.bar is not None:
            found.bars += _bars(market, rows, timestamp, self._wanted.bar, self._lateness)
        rate = self._rates.get(number)
        if self._wanted.floor is not None and rate is not None:
            places = _notable(timestamp, column(rows, "side"), volume * rate, float(self._wanted.floor))
            found.fills += self._fills(number, rows, places)

    def _fills(self, number: int, rows: pa.Table, places: Column) -> Iterator[TimedFill]:
        market = self._markets[number]
        quote = market.symbol.partition("-")[2]
        after: dict[int, int | None] = {}
        for row in pick(rows, places).to_pylist():
            begin = row["timestamp"] // MILLISECOND * MILLISECOND + MILLISECOND
            if begin not in after:
                after[begin] = self._spill.first_from(number, begin, begin + self._lateness + 1)
            fill = Fill(
                trade_id=row["trade_id"],
                side=SIDES[row["side"]].value,
                timestamp=row["timestamp"],
                price=row["price"],
                quantity=row["quantity"],
                amount=row["quote_volume"],
            )
            yield TimedFill(market, quote, fill, after[begin])


class _PriceParts(msgspec.Struct):
    """Sums of a market's trades by the starts of its bars, of some of its time."""

    starts: Column
    lows: Column
    highs: Column
    amounts: Column
    volumes: Column


class _Window:
    """What a window of time came to."""

    def __init__(self) -> None:
        self.bars: list[TimedBar] = []
        self.fills: list[TimedFill] = []
        self.prices: dict[int, _PriceParts] = {}


class _Prices:
    """The bars of one market's picture, as windows of time come."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[float, float, float, float]] = {}

    def add(self, parts: _PriceParts) -> None:
        columns = (parts.starts, parts.lows, parts.highs, parts.amounts, parts.volumes)
        for start, *values in zip(*(values.tolist() for values in columns), strict=True):
            low, high, amount, volume = self._found.get(start, (float("inf"), 0.0, 0.0, 0.0))
            self._found[start] = (min(low, values[0]), max(high, values[1]), amount + values[2], volume + values[3])

    def as_bars(self, market: Market, micros: int) -> PriceBars:
        rows = sorted(self._found.items())
        return PriceBars(
            market.exchange,
            market.symbol,
            micros // 1_000_000,
            starts=[start for start, _ in rows],
            lows=[one[0] for _, one in rows],
            highs=[one[1] for _, one in rows],
            averages=[one[2] / one[3] for _, one in rows],
            volumes=[one[3] for _, one in rows],
        )


def _in_time(rows: pa.Table) -> pa.Table:
    timestamp = column(rows, "timestamp")
    if (timestamp[1:] < timestamp[:-1]).any():
        rows = pick(rows, np.argsort(timestamp, kind="stable"))
    return rows.combine_chunks()


def _begins(values: Column) -> Column:
    """The places at which another value begins, the first among them."""
    return np.concatenate([[0], np.flatnonzero(values[1:] != values[:-1]) + 1])


def _halves(amounts: Any) -> tuple[Column, Column]:
    """The units of amounts (10⁻¹⁸) as the lower 64 bits and the upper ones. None is negative."""
    whole = amounts.combine_chunks()
    units = np.frombuffer(whole.buffers()[1], np.uint64)[2 * whole.offset : 2 * (whole.offset + len(whole))]
    return units[0::2], units[1::2]


def _doubles(amounts: Any) -> Column:
    """The amounts as doubles, to the last bit or two: ten times as fast as Arrow's own."""
    low, high = _halves(amounts)
    return (high * 2.0**64 + low) * _UNIT


def _price_parts(rows: pa.Table, timestamp: Column, volume: Column, micros: int) -> _PriceParts:
    starts = timestamp // micros * micros
    begins = _begins(starts)
    price, quantity = _doubles(rows["price"]), _doubles(rows["quantity"])
    return _PriceParts(
        starts=starts[begins],
        lows=np.minimum.reduceat(price, begins),
        highs=np.maximum.reduceat(price, begins),
        amounts=np.add.reduceat(volume, begins),
        volumes=np.add.reduceat(quantity, begins),
    )


def _bars(market: Market, rows: pa.Table, timestamp: Column, width: int, lateness: int) -> Iterator[TimedBar]:
    starts = timestamp - timestamp % width
    begins = _begins(starts)
    ids, times = column(rows, "trade_id"), column(rows, "event_time")
    passing = np.where(times >= starts + lateness % width, times, _NEVER)
    counts = np.diff(begins, append=len(starts))
    scales = column(rows, "quantity_scale")
    volumes = _totals(rows["quantity"], scales, begins)
    amounts = _totals(rows["quote_volume"], scales + column(rows, "price_scale"), begins)
    columns = (
        starts[begins],
        counts,
        np.minimum.reduceat(ids, begins),
        np.maximum.reduceat(ids, begins),
        np.maximum.reduceat(times, begins),
        np.minimum.reduceat(times, begins),
        np.minimum.reduceat(passing, begins),
    )
    told = zip(*(values.tolist() for values in columns), volumes, amounts, strict=True)
    for start, count, first, last, newest, oldest, passes, volume, amount in told:
        bar = Bar(
            market=market,
            start=start,
            trades=count,
            volume=volume,
            amount=amount,
            first_trade_id=first,
            last_trade_id=last,
            newest=newest,
        )
        yield TimedBar(bar, oldest, None if passes == _NEVER else passes)


def _totals(amounts: Any, scales: Column, begins: Column) -> list[Decimal]:
    """The exact sums of groups of amounts, which have at most `scales` digits behind the point; groups begin at `begins`."""
    if int(scales.max()) > SUM_DIGITS:
        amounts = pc.cast(pc.round(amounts, SUM_DIGITS, "half_towards_infinity"), AMOUNT)
    low, high = _halves(amounts)
    # Halves of 64 bits would overflow in the sum; of quarters, four billion have room.
    quarters = (low & _LOWER, low >> _QUARTER, high & _LOWER, high >> _QUARTER)
    parts = [np.add.reduceat(part, begins).tolist() for part in quarters]
    sums = [sum(part << _QUARTER * place for place, part in enumerate(one)) for one in zip(*parts, strict=True)]
    return [min(_EXACT.scaleb(Decimal(one // _UNITS), -SUM_DIGITS), LARGEST_SUM) for one in sums]


def _notable(timestamp: Column, side: Column, dollars: Column, floor: float) -> Column:
    """The places of the fills of the bursts that reach the floor: a burst is what one side took in one millisecond."""
    begins = _begins(timestamp // MILLISECOND)
    counts = np.diff(begins, append=len(timestamp))
    found = np.zeros(len(timestamp), bool)
    for number in range(NO_SIDE):
        is_side = side == number
        # Half a unit below the floor: the sum of doubles only proposes, the exact decimals decide.
        is_large = np.add.reduceat(np.where(is_side, dollars, 0.0), begins) >= floor - 0.5
        if is_large.any():
            found |= np.repeat(is_large, counts) & is_side
    return np.flatnonzero(found)
