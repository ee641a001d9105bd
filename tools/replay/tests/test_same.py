"""Both engines give the same: rows, refusals, what detectors are shown, and what they find."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from tools.replay.tests.engines import ArrowRows, RowFields, SparkRows

from coattail_detectors.kernel.finding import Finding
from coattail_detectors.playback import Stretch, lateness_micros, play
from coattail_detectors.registry import wanted
from coattail_replay import detecting
from coattail_replay.arrow.engine import ArrowEngine
from coattail_replay.layout import FEATURES, TIER
from coattail_replay.naming import Naming
from coattail_replay.outputs import Places
from coattail_replay.progress import Screen
from coattail_replay.sources import Choices, Source, look
from coattail_replay.spark.landing import once, trades_of
from coattail_replay.spark.preparing import judged, prepare
from exchange_simulator.generator import MarketGenerator
from exchange_simulator.model import Trade
from exchange_simulator.scenario import MarketPlan, Scenario
from stream_detectors import batch

_MOMENT = 1_767_225_600_000_000
_SECONDS = 900
_HEADER = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount"
_NAMES = {"binance": "BTCUSDT", "coinbase": "BTC-USD"}
_AMOUNTS = ("", "0", "-1", "1e3", ".5", "5.", "+7", "1e-19", "0.00000000000000000001", "9" * 21, "9" * 20, "1.2.3", "x")
_TIMES = ("", "0", "1767225600", "1767225600.5", "1767225600016", "1767225600016000999", "2026-01-01T00:00:01Z", "soon")
_SEED = st.integers(0, 10**6)


class _NoScreen(Screen):
    def begin(self, phase: str) -> None: ...

    def show(self, done: float) -> None: ...


def _trades(seed: int, exchange: str, symbol: str) -> list[Trade]:
    plan = MarketPlan(exchange=exchange, symbol=symbol, price=61_800.0, volatility=2.0)  # type: ignore[arg-type]
    scenario = Scenario(seed=seed, rate=4.0, event_period=20.0, markets=(plan,))
    return MarketGenerator(scenario, plan).take(_SECONDS * 1_000_000).trades


def _cells(trade: Trade) -> list[str]:
    time = _MOMENT + trade.time_us
    price, quantity = (str(Decimal(units).scaleb(-8)) for units in (trade.price, trade.quantity))
    return [
        str(time),
        str(time + 5000),
        str(trade.trade_id),
        trade.side.value,
        f"{Decimal(price):f}",
        f"{Decimal(quantity):f}",
    ]


def _damaged(cells: list[str], dice: Random) -> list[str]:
    """The cells with one that is spelled in another way, is wrong, or is missing."""
    place = dice.randrange(len(cells) + 1)
    if place == len(cells):
        return cells[:-1] if dice.random() < 0.5 else [*cells, "1"]
    words = {4: _AMOUNTS, 5: _AMOUNTS, 3: ("", "B", "Sell", "none", "0"), 2: ("", "-7", "+7", "seven", "9" * 19, "1.0")}
    return [*cells[:place], dice.choice(words.get(place, _TIMES)), *cells[place + 1 :]]


def _lines(trades: Sequence[Trade], names: Sequence[str], dice: Random) -> Iterator[str]:
    """Rows of a recording: out of order, some twice, some of one id with other contents, some damaged."""
    found = [_cells(one) for one in trades]
    found += [list(one) for one in dice.sample(found, len(found) // 50)]
    found += [[*one[:5], "0.125"] for one in dice.sample(found, len(found) // 200)]
    placed = sorted(enumerate(found), key=lambda one: int(one[1][0]) + dice.randrange(20_000_000))
    for _, cells in placed:
        yield ",".join([*names, *(_damaged(cells, dice) if dice.random() < 0.02 else cells)])


def _files(seed: int, folder: Path) -> list[Path]:
    """A recording of each of two exchanges, and a file of a third that has neither ids nor sides."""
    dice = Random(seed)
    paths = []
    for exchange, name in _NAMES.items():
        symbol = "BTC-USDT" if exchange == "binance" else name
        lines = _lines(_trades(seed, exchange, symbol), (exchange, name), dice)
        paths.append(folder / f"{exchange}.csv")
        paths[-1].write_text("\n".join([_HEADER, *lines]) + "\n")
    rows = [cells for one in _trades(seed + 1, "kraken", "BTC-USD") for cells in [_cells(one)]]
    paths.append(folder / "kraken.csv")
    bare = [",".join(["kraken", "XBT/USD", cells[0], cells[4], cells[5]]) for cells in rows]
    paths[-1].write_text("\n".join(["exchange,pair,time,price,size", *bare]) + "\n")
    return paths


def _comparable(row: RowFields) -> tuple[str, RowFields]:
    if row["verdict"] is not None:
        row = {name: row[name] for name in ("source", "row", "verdict", "line")}
    else:
        amounts = {name: Decimal(str(row[name])) for name in ("price", "quantity", "quote_volume")}
        row = {name: value for name, value in row.items() if name not in {"source", "row", "line"}} | amounts
    return str(sorted(row.items(), key=str)), row


def _in_order(rows: Sequence[RowFields]) -> list[RowFields]:
    return [row for _, row in sorted(map(_comparable, rows), key=lambda one: one[0])]


def _through_spark(
    spark: SparkSession, sources: Sequence[Source], naming: Naming, work: Path
) -> tuple[list[RowFields], list[Stretch]]:
    features, detectors = detecting.chosen(FEATURES, TIER, None)
    prepared = prepare(sources, naming, work, lambda _: None)
    landed = once(judged(spark, prepared, naming), partitions=3).persist()
    rows = SparkRows.of(landed)
    shown = list(batch.stretches(trades_of(landed), wanted(detectors, features), lateness_micros(features)))
    landed.unpersist()
    return rows, shown


def _through_arrow(sources: Sequence[Source], naming: Naming, work: Path) -> tuple[list[RowFields], list[Stretch]]:
    features, detectors = detecting.chosen(FEATURES, TIER, None)
    places = Places(warehouse=work / "w", work=work, alerts=work, tables=work, plots=work, report=None)
    # So little memory that most trades lie on disk.
    engine = ArrowEngine(places, memory=1 << 18)
    engine.read(sources, naming, _NoScreen())
    with engine.running(_NoScreen()):
        engine.land()
        engine.findings(detectors, features)
        shown = list(engine.stretches())
    return ArrowRows(work, kept=1 << 18).once(sources, naming), shown


def _found(shown: Sequence[Stretch]) -> list[Finding]:
    features, detectors = detecting.chosen(FEATURES, TIER, None)
    return list(play(shown, detectors, features))


@pytest.mark.spark
@given(seed=_SEED)
@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_both_engines_give_the_same(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    folder = tmp_path_factory.mktemp("same")
    choices = Choices()
    sources = look(_files(seed, folder), choices)

    rows, shown = _through_spark(spark, sources, choices.naming, folder / "spark")
    same_rows, same_shown = _through_arrow(sources, choices.naming, folder / "arrow")

    assert _in_order(same_rows) == _in_order(rows)
    assert {row["verdict"] for row in rows if row["verdict"]} >= {"malformed.columns", "conflict.quantity"}
    assert same_shown == shown
    found = _found(shown)
    assert [msgspec.json.encode(one) for one in _found(same_shown)] == [msgspec.json.encode(one) for one in found]
    assert {one.alert.alert_type for one in found if one.alert is not None} >= {"whale_trade", "whale_sweep"}
