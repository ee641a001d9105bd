"""MOD-002 by hand-computed cases: thresholds, severities, sweeps over batches, what is passed over."""

import itertools
import random
from collections.abc import Sequence
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coattail_common.ids import IdRange, Market, merge
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.observed import Fill, MarketFills
from coattail_detectors.kernel.provenance import Provenance
from coattail_detectors.modules.whale_detector.alerts import WhaleSweepDetails, WhaleTradeDetails
from coattail_detectors.modules.whale_detector.detector import WhaleDetector
from coattail_detectors.modules.whale_detector.module import Thresholds, WhaleSettings

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


def fills(
    *some: Fill, quote: str = "USDT", market: Market = MARKET, seen: tuple[int, int] = (0, 0), mark: int | None = None
) -> DetectorInput:
    """Fills of a market, after which the ids `seen` (first and last) have come and its exchange's time is the millisecond `mark`."""
    return DetectorInput(
        fills=(MarketFills(market, quote, some),) if some else (),
        seen={market: (IdRange(*seen),)},
        watermarks={} if mark is None else {market.exchange: mark * 1000},
    )


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


def test_a_sweep_is_raised_when_its_neighbours_have_come() -> None:
    whale = detector()

    assert whale.inspect(fills(fill(1, "60000"), fill(2, "60000"), seen=(0, 2)), now=0) == []
    (finding,) = whale.inspect(fills(seen=(0, 3)), now=SECOND)
    details = finding.alert.details_as(WhaleSweepDetails)

    assert (details.usd, details.fills, details.first_trade_id, details.last_trade_id) == ("120000", 2, 1, 2)


def test_a_sweep_goes_on_in_the_next_batch() -> None:
    whale = detector()
    whale.inspect(fills(fill(1, "60000"), seen=(0, 1)), now=0)
    whale.inspect(fills(fill(2, "30000"), seen=(0, 2)), now=SECOND)

    (finding,) = whale.inspect(fills(fill(3, "30000"), fill(4, "1", side="sell"), seen=(0, 5)), now=2 * SECOND)

    assert finding.alert.details_as(WhaleSweepDetails).fills == 3


def test_a_sweep_whose_middle_comes_last_is_one_sweep() -> None:
    whale = detector()
    whale.inspect(fills(fill(1, "60000"), fill(2, "60000"), seen=(0, 2)), now=0)
    whale.inspect(fills(fill(5, "60000"), seen=(0, 2)), now=0)

    (finding,) = whale.inspect(fills(fill(3, "1"), fill(4, "1"), seen=(0, 6)), now=1)

    details = finding.alert.details_as(WhaleSweepDetails)
    assert (details.fills, details.first_trade_id, details.last_trade_id, details.usd) == (5, 1, 5, "180002")


def test_a_sweep_beside_a_hole_is_raised_when_the_time_has_passed_it() -> None:
    whale = detector()
    whale.inspect(fills(fill(1, "60000"), fill(2, "60000"), seen=(0, 2)), now=0)

    assert whale.inspect(fills(mark=1_000, seen=(0, 2)), now=1) == []
    assert ids(whale.inspect(fills(mark=1_001, seen=(0, 2)), now=2)) == ["MOD-002:whale_sweep:binance:BTC-USDT:1"]


def test_a_sweep_is_raised_when_its_exchange_says_nothing_for_the_hold() -> None:
    whale = detector()
    whale.inspect(fills(fill(1, "60000"), fill(2, "60000"), seen=(0, 2)), now=0)
    elsewhere = fills(fill(1, "1"), market=Market("coinbase", "BTC-USD"))

    assert whale.inspect(elsewhere, now=10 * SECOND) == []
    assert ids(whale.inspect(DetectorInput(), now=10 * SECOND + 1)) == ["MOD-002:whale_sweep:binance:BTC-USDT:1"]
    assert whale.inspect(DetectorInput(), now=90 * SECOND) == []


def test_a_single_fill_is_no_sweep() -> None:
    whale = detector()

    assert ids(whale.inspect(fills(fill(1, "200000")), now=0)) == ["MOD-002:whale_trade:binance:BTC-USDT:1"]
    assert whale.inspect(DetectorInput(), now=90 * SECOND) == []


def test_a_backfill_of_long_ago_waits_for_its_rest_and_leaves_the_newest_sweep_alone() -> None:
    whale = detector()
    whale.inspect(fills(fill(10, "60000"), fill(11, "60000"), seen=(9, 11), mark=900), now=0)
    whale.inspect(fills(fill(1, "90000", millisecond=5), seen=(9, 11), mark=900), now=1)

    assert whale.inspect(fills(fill(2, "90000", millisecond=5), seen=(9, 11), mark=900), now=2) == []
    late = whale.inspect(fills(seen=(9, 11), mark=950), now=10 * SECOND)
    assert late == []
    late = whale.inspect(fills(fill(12, "1", side="sell"), seen=(9, 13), mark=950), now=10 * SECOND + 3)
    assert ids(late) == ["MOD-002:whale_sweep:binance:BTC-USDT:1", "MOD-002:whale_sweep:binance:BTC-USDT:10"]


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


@given(trades, st.lists(st.integers(0, 25), max_size=4), st.randoms(use_true_random=False))
def test_alerts_do_not_depend_on_order_batches_or_a_restart(
    market: list[tuple[str, int, str]], cuts: list[int], shuffler: random.Random
) -> None:
    all_fills = [fill(n, amount, side=side, millisecond=ms) for n, (side, ms, amount) in enumerate(market, start=1)]
    whole = detector()
    expected = [*whole.inspect(fills(*all_fills), now=0), *whole.inspect(DetectorInput(), now=90 * SECOND)]

    mixed = list(all_fills)
    shuffler.shuffle(mixed)
    raised: list[Finding] = []
    state, came = detector().state(), [IdRange(0, 0)]
    for start, end in itertools.pairwise([0, *sorted(cuts), len(mixed)]):
        part = sorted(mixed[start:end], key=lambda one: one.trade_id)
        came += [IdRange(one.trade_id, one.trade_id) for one in part]
        restarted = detector()
        restarted.restore(state)
        shown = msgspec.structs.replace(fills(*part), seen={MARKET: merge(came)})
        raised += restarted.inspect(shown, now=0)
        state = restarted.state()
    last = detector()
    last.restore(state)
    raised += last.inspect(DetectorInput(), now=0)
    raised += last.inspect(DetectorInput(), now=90 * SECOND)

    def stated(findings: list[Finding]) -> list[bytes]:
        return sorted(msgspec.json.encode((one.alert.alert_id, one.alert.details)) for one in findings if one.alert)

    assert stated(raised) == stated(expected)


def test_the_state_is_the_list_that_earlier_versions_read() -> None:
    """Going back to one is promised. Only where trades were missed does the state say more."""
    running = detector()
    running.inspect(fills(fill(1, "60000"), fill(2, "60000")), 0)
    assert isinstance(msgspec.json.decode(running.state()), list)
    running.missed({"binance": 5})
    assert msgspec.json.decode(running.state())["missed"] == {"binance": 5}
    again = detector()
    again.restore(running.state())
    assert again.state() == running.state()
