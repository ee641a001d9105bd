"""Bars and fills over columns, against plain Python."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import reduce
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coattail_common.ids import Market
from coattail_detectors.kernel.observed import LARGEST_SUM, Wanted
from coattail_replay.arrow.observing import SCHEMA, Observer
from coattail_replay.arrow.spill import Spill, sort
from coattail_replay.arrow.trades import Markets

_BAR = 1_000_000
_MOMENT = 1_767_225_600_000_000
_EXACT = Context(prec=80)
_PLACES = Decimal("1e-12")
_AMOUNT = st.one_of(
    st.decimals("0.00000001", 100_000, places=8),
    st.decimals("0.000000000000000001", 1, places=18),
    st.just(Decimal(99999999999999999999)),
)
_TRADE = st.tuples(
    st.integers(0, 1), st.integers(0, 3_000_000), _AMOUNT, st.integers(0, 2), st.integers(-20_000_000, 1000)
)
_MARKETS = (Market("binance", "BTC-USDT"), Market("kraken", "BTC-EUR"))


def _observed(path: Path, trades: list[tuple[int, int, Decimal, int, int]]) -> tuple[Spill, Markets]:
    markets = Markets()
    for one in _MARKETS:
        markets.number(one)
    path.unlink(missing_ok=True)
    with Spill(path, SCHEMA, "timestamp", 0) as found:
        for market in range(len(_MARKETS)):
            rows = [
                {
                    "market": market,
                    "trade_id": number,
                    "timestamp": _MOMENT + after,
                    "event_time": _MOMENT + after + min(ahead, 0),
                    "price": Decimal(1),
                    "quantity": amount,
                    "quote_volume": amount,
                    "side": side,
                    "price_scale": 0,
                    "quantity_scale": -int(amount.as_tuple().exponent),
                }
                for number, (where, after, amount, side, ahead) in enumerate(trades)
                if where == market
            ]
            for batch in sort(pa.Table.from_pylist(rows, SCHEMA), "timestamp").combine_chunks().to_batches():
                found.write(batch)
    return found, markets


@given(trades=st.lists(_TRADE, min_size=1, max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bars_and_fills_are_those_of_plain_python(
    tmp_path: Path, trades: list[tuple[int, int, Decimal, int, int]]
) -> None:
    spill, markets = _observed(tmp_path / "x", trades)
    asked = Wanted(floor=Decimal(50_000), rates={"USDT": Decimal(1)}, bar=_BAR)
    lateness = 250_000
    observer = Observer(spill, markets, asked, lateness, {0: _BAR, 1: _BAR})

    shown = list(observer.stretches(2))

    assert [one.start for one in shown] == sorted({_MOMENT + after // _BAR * _BAR for _, after, *_ in trades})
    bars = {(timed.bar.market, timed.bar.start): timed for one in shown for timed in one.bars}
    assert bars.keys() == {(_MARKETS[where], _MOMENT + after // _BAR * _BAR) for where, after, *_ in trades}
    for (market, start), timed in bars.items():
        here = [
            (number, *one)
            for number, one in enumerate(trades)
            if _MARKETS[one[0]] == market and _MOMENT + one[1] // _BAR * _BAR == start
        ]
        times = [_MOMENT + after + min(ahead, 0) for _, _, after, _, _, ahead in here]
        addends = (amount.quantize(_PLACES, ROUND_HALF_UP, _EXACT) for _, _, _, amount, _, _ in here)
        total = reduce(_EXACT.add, addends)
        assert timed.bar.volume == timed.bar.amount == min(total, LARGEST_SUM)
        assert (timed.bar.trades, timed.bar.first_trade_id, timed.bar.last_trade_id) == (
            len(here),
            here[0][0],
            here[-1][0],
        )
        assert (timed.bar.newest, timed.oldest) == (max(times), min(times))
        assert timed.passes == min((time for time in times if time >= start + lateness % _BAR), default=None)
    found = [timed for one in shown for timed in one.fills]
    assert [timed.fill.trade_id for timed in found] == _large(trades)
    for timed in found:
        end = timed.fill.timestamp // 1000 * 1000 + 1000
        later = [_MOMENT + after for where, after, *_ in trades if where == 0 and _MOMENT + after >= end]
        assert timed.after == min((time for time in later if time <= end + lateness), default=None)


def _large(trades: list[tuple[int, int, Decimal, int, int]]) -> list[int]:
    """The fills of the bursts of the first market that reach the floor; the second's quote has no rate, and side 2 is none."""
    sums: defaultdict[Any, Decimal] = defaultdict(Decimal)
    for where, after, amount, side, _ in trades:
        if where == 0 and side < 2:
            sums[after // 1000, side] += amount
    large = [
        (after // _BAR, number)
        for number, (where, after, _, side, _) in enumerate(trades)
        if where == 0 and side < 2 and sums[after // 1000, side] >= Decimal("49999.5")
    ]
    return [number for _, number in sorted(large)]


def test_a_picture_has_each_trade_once(tmp_path: Path) -> None:
    trades = [(0, second * _BAR, Decimal(second + 1), 0, 0) for second in range(4)]
    spill, markets = _observed(tmp_path / "x", trades)
    asked = Wanted(floor=None, rates={}, bar=None)
    observer = Observer(spill, markets, asked, 0, {0: 2 * _BAR})

    assert list(observer.stretches(1)) == []
    (bars,) = observer.price_bars()

    assert (bars.symbol, bars.seconds, bars.volumes) == ("BTC-USDT", 2, [3.0, 7.0])
    assert (bars.starts, bars.averages) == ([_MOMENT, _MOMENT + 2 * _BAR], [1.0, 1.0])
