"""MOD-003 with three exchanges, one of them thin: two wait for each other, and for nobody else."""

import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coattail_common.ids import Market
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.observed import Bar
from coattail_detectors.modules.spread_calculator.alerts import BasisSource
from coattail_detectors.modules.spread_calculator.detector import Held, SpreadDetector
from coattail_detectors.modules.spread_calculator.module import SpreadSettings
from coattail_detectors.modules.spread_calculator.rows import ExchangeSpread
from coattail_testing.detectors import PROVENANCE, SECOND, alert_ids, bar, told, until

VENUES = ("binance", "coinbase", "kraken")
QUOTES = {"binance": "USDT", "coinbase": "USD", "kraken": "USD"}
ASSETS = ("BTC", "ETH", "SOL")


def detector(settings: SpreadSettings | None = None) -> SpreadDetector:
    return SpreadDetector(Features(modules={"spread_calculator": settings or SpreadSettings()}), PROVENANCE)


def at(second: int, asset: str, price: float, exchange: str, quote: str | None = None) -> Bar:
    market = Market(exchange, f"{asset}-{quote or QUOTES[exchange]}")
    return bar(second, "2", f"{price:.9f}", market=market, first_id=second + 1)


def everywhere(second: int, prices: Mapping[str, float], assets: Iterable[str] = ASSETS) -> list[Bar]:
    """Each asset at the price that its exchange has for all of them."""
    return [at(second, asset, price, exchange) for asset in assets for exchange, price in prices.items()]


def marks(binance: int, coinbase: int, kraken: int) -> dict[str, int]:
    return {"binance": binance * SECOND, "coinbase": coinbase * SECOND, "kraken": kraken * SECOND}


def rows(findings: Iterable[Finding]) -> list[ExchangeSpread]:
    return [finding.row for finding in findings if isinstance(finding.row, ExchangeSpread)]


def compared(findings: Iterable[Finding]) -> list[tuple[str, str, int]]:
    """Whose windows were compared, and their starts in seconds."""
    return [(row.exchange, row.other_exchange, row.window_start // SECOND) for row in rows(findings)]


def held(running: SpreadDetector) -> Held:
    return msgspec.json.decode(running.state(), type=Held)


def restarted(running: SpreadDetector, settings: SpreadSettings | None = None) -> SpreadDetector:
    other = detector(settings)
    other.restore(running.state())
    return other


def encoded(findings: Iterable[Finding]) -> list[bytes]:
    return sorted(msgspec.json.encode(one) for one in findings)


def test_a_thin_exchange_delays_no_pair_but_its_own() -> None:
    """Kraken trades the same asset: the alert of the other two had waited for it, up to five minutes."""
    running = detector()
    bars = [at(0, "BTC", 102, "binance"), at(0, "BTC", 100, "coinbase"), at(0, "BTC", 100, "kraken")]

    found = told(running, bars, marks(30, 31, 0))
    assert compared(found) == [("binance", "coinbase", 0)]
    assert alert_ids(found) == ["MOD-003:spread_divergence:binance:BTC-USDT:coinbase:BTC-USD:0"]

    assert told(running, [], marks(60, 60, 29)) == []
    assert compared(told(running, [], marks(60, 60, 30))) == [("binance", "kraken", 0), ("coinbase", "kraken", 0)]
    assert told(running, [], marks(90, 90, 90)) == []


def test_a_pair_waits_for_the_slower_of_its_two() -> None:
    running = detector()
    bars = everywhere(0, {"binance": 100, "coinbase": 100, "kraken": 100}, ("BTC",))

    assert told(running, bars, marks(90, 0, 0)) == []
    assert compared(told(running, [], marks(90, 0, 30))) == [("binance", "kraken", 0)]
    assert compared(told(running, [], marks(90, 30, 30))) == [("binance", "coinbase", 0), ("coinbase", "kraken", 0)]


def test_what_comes_after_an_exchanges_own_mark_is_late() -> None:
    """Its window is closed, though it is not compared yet."""
    running = detector()
    told(running, everywhere(0, {"binance": 100, "kraken": 100}, ("BTC",)), marks(30, 30, 0))

    found = told(running, [at(5, "BTC", 200, "binance")], marks(30, 30, 30))

    assert running.late == 1
    assert [row.vwap for row in rows(found)] == [100]


def test_the_basis_is_that_of_the_two_venues() -> None:
    """At Kraken a dollar is dearer. The median over all pairs had shifted the basis of the other two by half of that."""
    found = rows(told(detector(), everywhere(0, {"binance": 101, "coinbase": 100, "kraken": 97}), marks(30, 30, 30)))

    basis = {(row.exchange, row.other_exchange): round(row.basis_percent, 6) for row in found}
    assert basis == {
        ("binance", "coinbase"): 1,
        ("binance", "kraken"): round((101 / 97 - 1) * 100, 6),
        ("coinbase", "kraken"): 0,
    }
    assert {row.basis_source for row in found if row.exchange == "binance"} == {BasisSource.ESTIMATED}


def test_assets_of_another_pair_do_not_count_for_a_basis() -> None:
    bars = [*everywhere(0, {"binance": 98, "coinbase": 100}), at(0, "BTC", 100, "kraken")]

    found = rows(told(detector(), bars, marks(30, 30, 30)))

    assert [
        (row.basis_source, row.basis_symbols)
        for row in found
        if (row.exchange, row.other_exchange) == ("binance", "kraken")
    ] == [(BasisSource.ASSUMED, 1)]


def test_an_asset_counts_for_a_basis_by_the_pairs_own_windows() -> None:
    """Binance and Coinbase are five windows ahead: to Kraken's pairs SOL's ratio is still new."""
    settings, running = SpreadSettings(basis_windows=2), detector(SpreadSettings(basis_windows=2))
    prices = {"binance": 100, "coinbase": 100, "kraken": 100}
    bars = [
        *everywhere(0, prices),
        *[one for second in range(30, 210, 30) for one in everywhere(second, prices, ("BTC", "ETH"))],
    ]
    fast = [row for row in rows(told(running, bars, marks(210, 210, 30))) if row.symbol == "BTC-USDT"]
    assert [row.basis_symbols for row in fast if row.other_exchange == "coinbase"] == [3, 3, 3, 2, 2, 2, 2]

    slow = rows(told(restarted(running, settings), [], marks(210, 210, 120)))
    assert [row.basis_symbols for row in slow if row.symbol == "BTC-USDT"] == [3, 3, 2]


def test_a_depeg_is_one_alert_over_all_venues_once_all_have_come() -> None:
    running = detector()
    bars = [*everywhere(0, {"binance": 100 / 0.98, "coinbase": 100, "kraken": 100}), *everywhere(30, {"coinbase": 100})]

    assert alert_ids(told(running, bars, marks(60, 60, 0))) == []
    found = told(restarted(running), [], marks(60, 60, 30))

    assert alert_ids(found) == ["MOD-003:quote_depeg:USDT-USD:0"]
    (alert,) = [finding.alert for finding in found if finding.alert]
    assert isinstance(alert.lineage.markets, tuple)
    assert len(alert.lineage.markets) == 9


def test_a_depeg_is_judged_by_no_later_window() -> None:
    """The two that are ahead have seen the end of it already."""
    prices = {"binance": 100 / 0.98, "coinbase": 100, "kraken": 100}
    bars = [*everywhere(0, prices), *everywhere(30, {"binance": 100, "coinbase": 100})]
    running = detector()
    told(running, bars, marks(60, 60, 0))

    found = told(running, [], marks(60, 60, 60))

    assert alert_ids(found) == ["MOD-003:quote_depeg:USDT-USD:0"]


@pytest.mark.parametrize("symbols", [["ADA-USD"], ["BTC-EUR"], ["XRP-USD"], ["ADA-USD", "ADA-USDT"]])
def test_a_depeg_waits_for_no_exchange_that_shows_no_rate(symbols: list[str]) -> None:
    """No other trades ADA or takes EUR for USD, and XRP is traded in US dollars alone."""
    bars = [*everywhere(0, {"binance": 100 / 0.98, "coinbase": 100}), at(0, "XRP", 1, "coinbase")]
    bars += [bar(0, "1", market=Market("kraken", symbol)) for symbol in symbols]

    assert alert_ids(told(detector(), bars, marks(30, 30, 0))) == ["MOD-003:quote_depeg:USDT-USD:0"]


def test_a_depeg_is_looked_at_once_whichever_exchange_comes_later() -> None:
    """Kraken's first BTC comes when the other two have seen the end of the depeg: it is not raised a second time."""
    running = detector()
    ends = [
        *everywhere(30, {"binance": 100 / 0.98, "coinbase": 100}),
        *everywhere(60, dict.fromkeys(VENUES[:2], 100.0)),
    ]
    found = told(running, [*ends, at(0, "ADA", 1, "kraken")], marks(90, 90, 0))
    assert alert_ids(found) == [f"MOD-003:quote_depeg:USDT-USD:{30 * SECOND}"]

    running = restarted(running)
    assert told(running, [], marks(90, 90, 0)) == []
    assert told(running, [at(0, "BTC", 100, "kraken")], marks(90, 90, 30)) == []
    assert told(running, [], marks(90, 90, 90)) == []


def test_a_depeg_waits_for_markets_that_are_quiet_since() -> None:
    """Binance has forgotten all but ADA when Kraken comes to the window in which it traded the others."""
    settings = SpreadSettings(basis_windows=1)
    bars = [
        *everywhere(0, {"binance": 100 / 0.98, "kraken": 100}),
        *[one for second in range(0, 150, 30) for one in everywhere(second, dict.fromkeys(VENUES[:2], 1.0), ("ADA",))],
    ]
    running = detector(settings)

    assert alert_ids(told(running, bars, marks(150, 150, 0))) == []
    assert "MOD-003:quote_depeg:USDT-USD:0" in alert_ids(told(running, [], marks(150, 150, 30)))


def test_an_exchange_that_was_given_up_is_compared_once() -> None:
    """Kraken counts as being at 200 s, and falls back behind that when it comes again: its window of 150 s was looked at."""
    running = detector(SpreadSettings(patience_seconds=100))
    bars = everywhere(150, {"binance": 100, "kraken": 100}, ("BTC",))

    assert compared(told(running, bars, marks(200, 110, 50))) == [("binance", "kraken", 150)]
    for mark in (120, 190, 200):
        assert told(running, [], marks(200, 110, mark)) == []


def test_a_mark_within_a_window_makes_no_asset_old() -> None:
    running, found = detector(SpreadSettings(basis_windows=2)), []
    for second in range(0, 120, 30):
        bars = everywhere(second, dict.fromkeys(VENUES[:2], 100.0), ASSETS if second == 0 else ("BTC",))
        found += told(running, bars, until(second + 35, *VENUES[:2]))

    assert [row.basis_symbols for row in rows(found) if row.symbol == "BTC-USDT"] == [3, 3, 3, 1]


def test_windows_are_held_no_longer_than_patience() -> None:
    running, windows, ratios = detector(), [], []
    for second in range(0, 3_000, 30):
        told(running, everywhere(second, dict.fromkeys(VENUES[:2], 100.0)), marks(second + 30, second + 30, 0))
        running = restarted(running)
        windows.append(len(held(running).waiting))
        ratios.append(len(held(running).ratios))

    assert windows == [*range(6, 60, 6), *[0] * 91]  # 300 s behind, Kraken is not waited for
    assert max(ratios) <= 10 * 3
    assert ratios[-1] == 3


def test_quiet_windows_are_not_held() -> None:
    running = detector()
    told(running, everywhere(0, dict.fromkeys(VENUES, 100.0)), marks(150, 150, 0))
    assert {one.start for one in held(running).waiting} == {0}


def test_nothing_is_held_where_exchanges_keep_step() -> None:
    running = detector()
    for second in range(0, 600, 30):
        told(running, everywhere(second, dict.fromkeys(VENUES, 100.0)), until(second + 30, *VENUES))
        assert held(running).waiting == ()
    assert len(held(running).ratios) == 2 * 3


def test_a_state_of_before_goes_on() -> None:
    """Version 0.2.3 had looked at the window of 0 s, and kept that of 30 s open at all three for Kraken, which was at 40 s."""
    running = detector()
    running.restore((Path(__file__).parent / "states/spread_0.2.3.json").read_bytes())

    found = told(running, [], marks(65, 61, 40))

    assert compared(found) == [("binance", "coinbase", 30)] * 3
    assert {(row.basis_source, round(row.basis_percent, 3)) for row in rows(found)} == {
        (BasisSource.ESTIMATED, round((1 / 0.98 - 1) * 100, 3))
    }
    later = told(running, [], marks(65, 61, 60))
    assert compared(later) == [("binance", "kraken", 30), ("coinbase", "kraken", 30)]
    # The depeg goes on, and the divergence of Kraken: neither is raised again.
    assert alert_ids([*found, *later]) == []


def test_a_batch_that_failed_leaves_what_was_held() -> None:
    running = detector()
    told(running, everywhere(0, dict.fromkeys(VENUES, 100.0), ("BTC",)), marks(30, 30, 0))
    running = restarted(running)
    running.missed({"binance": 40 * SECOND})

    found = told(running, everywhere(30, dict.fromkeys(VENUES, 100.0), ("BTC",)), marks(60, 60, 60))

    assert compared(found) == [("binance", "kraken", 0), ("coinbase", "kraken", 0), ("coinbase", "kraken", 30)]


END = 240
BARS = st.lists(
    st.builds(
        at,
        st.integers(0, END - 1),
        st.sampled_from(ASSETS),
        st.integers(97, 103).map(float),
        st.sampled_from(VENUES),
        st.sampled_from(["USD", "USDT"]),
    ),
    max_size=60,
)
FIRST = [at(0, asset, 100, exchange, quote) for asset in ASSETS for exchange in VENUES for quote in ("USD", "USDT")]
"""A trade of each market at the beginning: from then on it is known which exchanges show rates."""


def as_it_comes(bars: Sequence[Bar], settings: SpreadSettings, seed: int, known: Sequence[Bar] = ()) -> list[Finding]:
    """What is found after `known` where each exchange goes on at its own pace, in batches by chance, some followed by a restart."""
    draw = random.Random(seed)
    coming = {exchange: [one for one in bars if one.market.exchange == exchange] for exchange in VENUES}
    for queue in coming.values():
        draw.shuffle(queue)
        queue.sort(key=lambda one: one.start // (30 * SECOND))
    reached = dict.fromkeys(VENUES, 0)
    running = detector(settings)
    found = running.inspect(DetectorInput(bars=tuple(known), watermarks=reached), 7)
    while min(reached.values()) < END * SECOND:
        exchange, count = draw.choice(VENUES), draw.randint(0, 12)
        batch, coming[exchange] = coming[exchange][:count], coming[exchange][count:]
        newest = min((one.start for one in coming[exchange]), default=END * SECOND)
        reached[exchange] = max(reached[exchange], draw.randint(newest - 40 * SECOND, newest), newest * (not batch))
        found += running.inspect(DetectorInput(bars=tuple(batch), watermarks=reached), 7)
        if draw.random() < 0.3:
            running = restarted(running, settings)
    return found


def in_one(bars: Sequence[Bar], settings: SpreadSettings) -> list[Finding]:
    return told(detector(settings), bars, until(END, *VENUES))


@given(BARS, st.sampled_from([1, 2, 10]), st.integers(1, 3), st.integers(0, 2**32))
def test_spreads_do_not_depend_on_who_is_ahead(bars: list[Bar], basis_windows: int, least: int, seed: int) -> None:
    """Whichever exchange is ahead, and however batches are cut: rows and alerts are those of one batch."""
    settings = SpreadSettings(basis_windows=basis_windows, least_symbols=least)

    found = [one for one in as_it_comes(bars, settings, seed) if one.row]

    assert encoded(found) == encoded(one for one in in_one(bars, settings) if one.row)


@given(BARS, st.integers(1, 3), st.integers(0, 2**32))
def test_depegs_do_not_depend_on_who_is_ahead(bars: list[Bar], least: int, seed: int) -> None:
    """The same of all findings, depegs too, once the markets are known."""
    settings = SpreadSettings(least_symbols=least)

    found = as_it_comes(bars, settings, seed, known=FIRST)

    assert encoded(found) == encoded(in_one([*FIRST, *bars], settings))
