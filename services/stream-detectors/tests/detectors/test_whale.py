"""MOD-002 by hand-computed cases: thresholds, severities, sweeps over batches, what is passed over."""

import itertools
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coattail_common.contracts import WhaleSweepDetails, WhaleTradeDetails
from stream_detectors.detectors.base import Finding
from stream_detectors.detectors.provenance import Provenance
from stream_detectors.detectors.whale import Thresholds, WhaleDetector, WhaleSettings
from stream_detectors.features import Features
from stream_detectors.news import News
from stream_detectors.observation import Fill, MarketFills
from stream_detectors.ranges import Market

MARKET = Market("binance", "BTC-USDT")
SECOND = 1_000_000


def detector(features: Features | None = None) -> WhaleDetector:
    return WhaleDetector(features or Features(), Provenance(config_hash="c0ffee", pipeline_version="0.1.0"))


def fill(trade_id: int, amount: str, *, side: str = "buy", millisecond: int = 1_000) -> Fill:
    return Fill(
        trade_id=trade_id,
        side=side,
        timestamp=millisecond * 1000,
        price=Decimal(amount),
        quantity=Decimal(1),
        amount=Decimal(amount),
    )


def fills(*some: Fill, quote: str = "USDT", market: Market = MARKET) -> News:
    return News(fills=(MarketFills(market, quote, some),))


def ids(findings: Sequence[Finding]) -> list[str]:
    return [finding.alert.alert_id for finding in findings]


@pytest.mark.parametrize(
    ("amount", "severity"),
    [
        ("100000", None),
        ("100000.00000001", "medium"),
        ("500000", "medium"),
        ("500000.01", "high"),
        ("1000000", "high"),
        ("1000000.01", "critical"),
    ],
)
def test_a_trade_is_as_severe_as_the_threshold_it_is_above(amount: str, severity: str | None) -> None:
    findings = detector().inspect(fills(fill(7, amount)), now=0)

    assert [finding.alert.severity for finding in findings] == ([severity] if severity else [])


def test_the_alert_states_the_trade_exactly() -> None:
    (finding,) = detector().inspect(fills(fill(7, "123456.789000000000000001", side="sell")), now=42)
    alert = finding.alert
    details = alert.details_as(WhaleTradeDetails)

    assert alert.alert_id == "MOD-002:whale_trade:binance:BTC-USDT:7"
    assert (alert.exchange, alert.symbol, alert.event_time, alert.detected_at) == ("binance", "BTC-USDT", SECOND, 42)
    assert (details.usd, details.side, details.trade_id) == ("123456.789000000000000001", "sell", 7)
    assert (alert.lineage.first_trade_id, alert.lineage.last_trade_id, alert.lineage.trade_count) == (7, 7, 1)


def test_a_sweep_is_raised_when_another_trade_ends_it() -> None:
    whale = detector()

    assert whale.inspect(fills(fill(1, "60000"), fill(2, "60000")), now=0) == []
    (finding,) = whale.inspect(fills(fill(3, "1", millisecond=2_000)), now=SECOND)
    details = finding.alert.details_as(WhaleSweepDetails)

    assert (details.usd, details.fills, details.first_trade_id, details.last_trade_id) == ("120000", 2, 1, 2)


def test_a_sweep_goes_on_in_the_next_batch() -> None:
    whale = detector()
    whale.inspect(fills(fill(1, "60000")), now=0)
    whale.inspect(fills(fill(2, "30000")), now=SECOND)

    (finding,) = whale.inspect(fills(fill(3, "30000"), fill(4, "1", side="sell")), now=2 * SECOND)

    assert finding.alert.details_as(WhaleSweepDetails).fills == 3


def test_a_quiet_market_raises_its_sweep_after_the_hold() -> None:
    whale = detector()
    whale.inspect(fills(fill(1, "60000"), fill(2, "60000")), now=0)

    assert whale.inspect(News(), now=2 * SECOND) == []
    assert ids(whale.inspect(News(), now=2 * SECOND + 1)) == ["MOD-002:whale_sweep:binance:BTC-USDT:1"]
    assert whale.inspect(News(), now=9 * SECOND) == []


def test_a_single_fill_is_no_sweep() -> None:
    whale = detector()

    assert ids(whale.inspect(fills(fill(1, "200000")), now=0)) == ["MOD-002:whale_trade:binance:BTC-USDT:1"]
    assert whale.inspect(News(), now=9 * SECOND) == []


def test_a_backfill_leaves_the_held_sweep_alone() -> None:
    whale = detector()
    whale.inspect(fills(fill(10, "60000"), fill(11, "60000")), now=0)

    late = whale.inspect(fills(fill(1, "90000", millisecond=5), fill(2, "90000", millisecond=5)), now=1)

    assert ids(late) == ["MOD-002:whale_sweep:binance:BTC-USDT:1"]
    assert ids(whale.inspect(News(), now=9 * SECOND)) == ["MOD-002:whale_sweep:binance:BTC-USDT:10"]


def test_a_quote_without_a_rate_is_passed_over_and_counted() -> None:
    whale = detector()

    assert whale.inspect(fills(fill(1, "900000"), quote="BTC", market=Market("binance", "ETH-BTC")), now=0) == []
    assert whale.without_usd == 1


def test_a_symbol_has_its_own_thresholds() -> None:
    own = Thresholds(medium=Decimal(1_000), high=Decimal(2_000), critical=Decimal(3_000))
    features = Features(modules={"whale_detector": WhaleSettings(symbols={"BTC-USDT": own})})

    (finding,) = detector(features).inspect(fills(fill(1, "2500")), now=0)

    assert finding.alert.severity == "high"
    assert detector(features).floor == Decimal(1_000)


trades = st.lists(
    st.tuples(st.sampled_from(["buy", "sell"]), st.integers(0, 2), st.sampled_from(["40000", "70000", "150000"])),
    min_size=1,
    max_size=25,
)


@given(trades, st.lists(st.integers(0, 25), max_size=4))
def test_alerts_do_not_depend_on_how_the_trades_were_cut_or_on_a_restart(
    market: list[tuple[str, int, str]], cuts: list[int]
) -> None:
    all_fills = [fill(n, amount, side=side, millisecond=ms) for n, (side, ms, amount) in enumerate(market)]
    whole = detector()
    expected = ids(whole.inspect(fills(*all_fills), now=0)) + ids(whole.inspect(News(), now=9 * SECOND))

    raised: list[str] = []
    state = detector().state()
    bounds = [0, *sorted(cuts), len(all_fills)]
    for start, end in itertools.pairwise(bounds):
        restarted = detector()
        restarted.restore(state)
        if all_fills[start:end]:
            raised += ids(restarted.inspect(fills(*all_fills[start:end]), now=0))
        state = restarted.state()
    last = detector()
    last.restore(state)
    raised += ids(last.inspect(News(), now=9 * SECOND))

    assert sorted(raised) == sorted(expected)
