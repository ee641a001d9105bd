"""MOD-003 by hand-computed cases: VWAP, spreads, the quote basis, a depeg that is one alert and no divergences."""

import math
import random
import sys
from collections.abc import Sequence
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coattail_common.ids import Market
from coattail_detectors.building.windows import Window
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.observed import Bar
from coattail_detectors.modules.spread_calculator.alerts import BasisSource, QuoteDepegDetails, SpreadDivergenceDetails
from coattail_detectors.modules.spread_calculator.detector import SpreadDetector
from coattail_detectors.modules.spread_calculator.module import SpreadSettings
from coattail_detectors.modules.spread_calculator.pairs import pairs
from coattail_detectors.modules.spread_calculator.rows import ExchangeSpread
from coattail_testing.detectors import PROVENANCE, SECOND, alert_ids, bar, told, until

BOTH = ("binance", "coinbase")
ASSETS = ("BTC", "ETH", "SOL")


def detector(settings: SpreadSettings | None = None) -> SpreadDetector:
    return SpreadDetector(Features(modules={"spread_calculator": settings or SpreadSettings()}), PROVENANCE)


def at(second: int, asset: str, price: str, exchange: str = "binance", quote: str = "USDT", volume: str = "2") -> Bar:
    return bar(second, volume, price, market=Market(exchange, f"{asset}-{quote}"), first_id=second + 1)


def both(second: int, usdt: float, *, assets: Sequence[str] = ASSETS) -> list[Bar]:
    """Each asset at both venues at the same price in US dollars, of which one USDT is worth `usdt`."""
    return [
        one
        for number, asset in enumerate(assets)
        for one in (
            at(second, asset, f"{100 * (number + 1) / usdt:.9f}"),
            at(second, asset, f"{100 * (number + 1):.9f}", "coinbase", "USD"),
        )
    ]


def looked_at(bars: Sequence[Bar], end: int, settings: SpreadSettings | None = None) -> list[Finding]:
    return told(detector(settings), bars, until(end, *BOTH))


def rows(findings: Sequence[Finding]) -> list[ExchangeSpread]:
    return [finding.row for finding in findings if isinstance(finding.row, ExchangeSpread)]


def test_the_vwap_weighs_the_bars_of_a_window_by_their_volume() -> None:
    (row,) = rows(
        looked_at(
            [
                at(0, "BTC", "100", quote="USD", volume="3"),
                at(20, "BTC", "104", quote="USD", volume="1"),
                at(10, "BTC", "100", "coinbase", "USD"),
            ],
            30,
        )
    )

    assert (row.vwap, row.other_vwap) == (101.0, 100.0)
    assert row.spread_percent == pytest.approx(1.0)
    assert (row.basis_source, row.basis_percent) == (BasisSource.SAME, 0)


@pytest.mark.parametrize(
    ("price", "severity"),
    [
        ("100.49", None),
        ("100.51", "medium"),
        ("100.99", "medium"),
        ("101.01", "high"),
        ("99.49", "medium"),
        ("98", "high"),
    ],
)
def test_a_spread_is_as_severe_as_the_threshold_it_is_above(price: str, severity: str | None) -> None:
    bars = [at(0, "BTC", price, quote="USD"), at(0, "BTC", "100", "coinbase", "USD")]

    (finding,) = looked_at(bars, 30)

    assert (finding.alert.severity if finding.alert else None) == severity


def test_the_alert_names_both_markets_and_leads_to_the_trades_of_both() -> None:
    bars = [at(0, "BTC", "102", quote="USD"), at(0, "BTC", "100", "coinbase", "USD")]

    (finding,) = looked_at(bars, 30)

    alert = finding.alert
    assert alert is not None
    assert alert.alert_id == "MOD-003:spread_divergence:binance:BTC-USD:coinbase:BTC-USD:0"
    details = alert.details_as(SpreadDivergenceDetails)
    assert (details.other_exchange, details.other_symbol, details.threshold_percent) == ("coinbase", "BTC-USD", 1.0)
    assert isinstance(alert.lineage.markets, tuple)
    assert [(one.exchange, one.first_trade_id) for one in alert.lineage.markets] == [("binance", 1), ("coinbase", 1)]
    assert alert.message == "BTC-USD on binance is 2.00 % above BTC-USD on coinbase"


def test_the_quote_basis_is_removed_before_markets_are_compared() -> None:
    # One USDT is worth 0.99 dollars: every asset costs 1.01 % more in USDT, and none of them diverges.
    found = rows(looked_at(both(0, 0.99), 30))

    assert [row.basis_source for row in found] == [BasisSource.ESTIMATED] * 3
    assert [row.basis_symbols for row in found] == [3] * 3
    assert all(row.basis_percent == pytest.approx((1 / 0.99 - 1) * 100) for row in found)
    assert all(abs(row.spread_percent) < 1e-6 for row in found)


def test_a_depeg_is_one_alert_about_the_quotes_and_no_divergences() -> None:
    bars = [*both(0, 1.0), *both(30, 0.98), *both(60, 0.978), *both(90, 1.0)]

    raised = [finding.alert for finding in looked_at(bars, 120) if finding.alert]

    assert [alert.alert_id for alert in raised] == [f"MOD-003:quote_depeg:USDT-USD:{30 * SECOND}"]
    details = raised[0].details_as(QuoteDepegDetails)
    assert details.basis_percent == pytest.approx(-2.0, abs=1e-6)
    assert (details.symbols, raised[0].severity, raised[0].exchange) == (3, "high", None)
    assert isinstance(raised[0].lineage.markets, tuple)
    assert len(raised[0].lineage.markets) == 6
    assert raised[0].message == "USDT is 2.00 % below parity with USD, by 3 assets"


def test_one_asset_that_diverges_among_three_is_a_divergence_and_no_depeg() -> None:
    bars = [one for one in both(0, 1.0) if one.market != Market("binance", "SOL-USDT")]

    raised = alert_ids(looked_at([*bars, at(0, "SOL", "306")], 30))

    assert raised == ["MOD-003:spread_divergence:binance:SOL-USDT:coinbase:SOL-USD:0"]


def test_with_fewer_than_three_shared_assets_the_basis_is_assumed() -> None:
    found = looked_at(both(0, 0.98, assets=("BTC", "ETH")), 30)

    assert [row.basis_source for row in rows(found)] == [BasisSource.ASSUMED] * 2
    assert [row.basis_percent for row in rows(found)] == [0, 0]
    assert len(alert_ids(found)) == 2  # two divergences, as far as anybody can tell
    assert all("spread_divergence" in alert_id for alert_id in alert_ids(found))


def test_an_asset_that_does_not_trade_in_a_window_counts_by_its_newest_ratio_for_a_while() -> None:
    settings = SpreadSettings(basis_windows=2)
    bars = [*both(0, 0.999), *[one for second in (30, 60, 90) for one in both(second, 0.999, assets=("BTC", "ETH"))]]

    found = rows(looked_at(bars, 120, settings))

    assert [(row.window_start // SECOND, row.basis_symbols) for row in found if row.symbol == "BTC-USDT"] == [
        (0, 3),
        (30, 3),
        (60, 3),
        (90, 2),
    ]


def test_markets_of_one_exchange_and_quotes_of_no_group_are_not_compared() -> None:
    bars = [at(0, "BTC", "100"), at(0, "BTC", "90", quote="USDC"), at(0, "BTC", "1", "coinbase", "EUR")]

    assert looked_at(bars, 30) == []


def test_the_later_of_a_group_is_told_in_the_earlier() -> None:
    # At binance in USD, at coinbase in USDT: still USDT-USD, and the sign the other way round.
    bars = [
        one for asset in ASSETS for one in (at(0, asset, "98", quote="USD"), at(0, asset, "100", "coinbase", "USDT"))
    ]

    (alert,) = [finding.alert for finding in looked_at(bars, 30) if finding.alert]

    assert alert.symbol == "USDT-USD"
    assert alert.details_as(QuoteDepegDetails).basis_percent == pytest.approx(-2.0)


def test_a_divergence_that_goes_on_is_reported_once_and_again_after_it_has_ended() -> None:
    prices = ["100", "100.7", "100.8", "101.5", "100.6", "100", "100.7"]
    bars = [
        one
        for number, price in enumerate(prices)
        for one in (at(30 * number, "BTC", price, quote="USD"), at(30 * number, "BTC", "100", "coinbase", "USD"))
    ]

    raised = [(f.alert.event_time // SECOND, f.alert.severity) for f in looked_at(bars, 210) if f.alert]

    assert raised == [(60, "medium"), (120, "high"), (210, "medium")]


def test_a_window_waits_for_the_slower_exchange_but_not_for_ever() -> None:
    running = detector()
    bars = [at(0, "BTC", "102", quote="USD"), at(0, "BTC", "100", "coinbase", "USD")]

    assert told(running, bars, {"binance": 31 * SECOND, "coinbase": 29 * SECOND}) == []
    assert len(told(running, [], {"binance": 400 * SECOND, "coinbase": 29 * SECOND})) == 1


def test_an_exchange_that_nothing_is_known_of_is_not_waited_for() -> None:
    assert told(detector(), [at(0, "BTC", "102", quote="USD")], {"binance": 400 * SECOND}) == []


@given(
    st.lists(
        st.builds(
            at,
            st.integers(0, 89),
            st.sampled_from(ASSETS),
            st.integers(95, 105).map(str),
            st.sampled_from(BOTH),
            st.sampled_from(["USD", "USDT"]),
        ),
        max_size=40,
    ),
    st.integers(1, 9),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_findings_do_not_depend_on_order_batches_or_a_restart(
    bars: list[Bar], step: int, restarted: bool, shuffler: random.Random
) -> None:
    expected = looked_at(bars, 90)
    mixed = list(bars)
    shuffler.shuffle(mixed)
    mixed.sort(key=lambda one: one.start // (30 * SECOND))

    running, found = detector(), []
    for position in range(0, len(mixed), step):
        part = mixed[position : position + step]
        found += told(running, part, until(part[0].start // SECOND // 30 * 30, *BOTH))
        if restarted:
            state, running = running.state(), detector()
            running.restore(state)
    found += told(running, [], until(90, *BOTH))

    assert [msgspec.json.encode(one) for one in found] == [msgspec.json.encode(one) for one in expected]


@given(st.floats(0.5, 2.0))
def test_whatever_the_rate_the_basis_takes_it_out(usdt: float) -> None:
    found = rows(looked_at(both(0, usdt), 30))

    assert all(math.isclose(1 + row.spread_percent / 100, 1, abs_tol=1e-7) for row in found)


def test_pairs_are_sought_among_markets_of_one_asset_alone() -> None:
    """1,500 markets took 2.8 s: each was held against each other one. Now every window is asked for its market a few times."""
    asked = 0

    class Counting(str):
        def partition(self, separator: str) -> tuple[str, str, str]:  # type: ignore[override]
            nonlocal asked
            asked += 1
            return str(self).partition(separator)

    windows = [
        Window(
            market=Market(exchange, Counting(f"A{number}-USD")), start=0, end=1, volume=Decimal(1), amount=Decimal(1)
        )
        for exchange in ("binance", "coinbase")
        for number in range(750)
    ]
    assert len(list(pairs(windows, {}))) == 750
    assert asked < 10 * len(windows)


def test_closing_a_window_takes_time_by_its_markets_alone() -> None:
    """3,000 markets took 330 ms of a core: the basis was estimated again, over all assets, for each pair."""

    def steps(assets: int) -> int:
        running, calls = detector(), 0

        def count(_frame: object, event: str, _argument: object) -> None:
            nonlocal calls
            calls += event == "call"

        running.inspect(DetectorInput(bars=tuple(both(0, 0.98, assets=[f"A{n}" for n in range(assets)]))), 0)
        sys.setprofile(count)
        try:
            assert len(running.inspect(DetectorInput(watermarks=until(30, *BOTH)), 0)) == assets + 1
        finally:
            sys.setprofile(None)
        return calls

    assert steps(200) < 2.2 * steps(100)


def test_an_assumed_basis_neither_begins_nor_ends_a_depeg() -> None:
    """In the window between only one asset trades: that says nothing, and the depeg that goes on is not raised again."""
    bars = [*both(0, 0.98), *both(60, 0.98, assets=("BTC",)), *both(90, 0.98)]
    found = looked_at(bars, 120, SpreadSettings(basis_windows=1))
    assert [one for one in alert_ids(found) if "quote_depeg" in one] == ["MOD-003:quote_depeg:USDT-USD:0"]
