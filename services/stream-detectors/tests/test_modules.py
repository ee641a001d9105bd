"""What modules go on from: a state that fits is kept, one that does not is dropped, and nothing partial is stated as whole."""

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import StringIO

import msgspec
import pytest
from aws_lambda_powertools import Logger
from hypothesis import given
from hypothesis import strategies as st

from coattail_common.contracts import Side
from coattail_common.ids import IdRange
from coattail_detectors import ModuleRegistry
from coattail_detectors.building.limits import Limits
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.observed import Bar, Fill, MarketFills
from coattail_detectors.kernel.watermark import Reached, Shard, State
from coattail_detectors.modules.spread_calculator.module import SpreadSettings
from coattail_detectors.modules.volume_anomaly.module import VolumeSettings
from coattail_detectors.modules.volume_anomaly.rows import VolumeAggregate
from coattail_detectors.modules.whale_detector.module import Thresholds, WhaleSettings
from coattail_testing.detectors import BINANCE, COINBASE, SECOND, alert_ids, bar, told, until
from stream_detectors.checkpoint import Checkpoint
from stream_detectors.modules import go_on

LOGS = itertools.count()
"""Loggers of one name share their stream."""
NAMES = ("volume-anomaly", "whale-detector", "spread-calculator")


def modules(features: Features, names: Sequence[str] = NAMES) -> list[BaseDetector]:
    return ModuleRegistry.load().enabled(features, names)


def volume(window_seconds: int = 60, **settings: object) -> Features:
    made = msgspec.convert({"window_seconds": window_seconds, **settings}, VolumeSettings)
    return Features(modules={"volume_anomaly": made})


def checkpoint(detectors: Iterable[BaseDetector], newest: dict[str, int], **changes: object) -> Checkpoint:
    """The checkpoint as it is read back."""
    made = Checkpoint(
        sealed_at=1,
        modules={one.module.module_id: msgspec.Raw(one.state()) for one in detectors},
        depends_on={one.module.module_id: msgspec.Raw(one.depends_on()) for one in detectors},
        newest=newest,
    )
    return msgspec.json.decode(msgspec.json.encode(msgspec.structs.replace(made, **changes)), type=Checkpoint)


def restart(sealed: Checkpoint, features: Features, names: Sequence[str] = NAMES) -> tuple[list[BaseDetector], str]:
    """The modules of the next process, and its log."""
    log, detectors = StringIO(), modules(features, names)
    go_on(detectors, sealed, Logger(service=f"modules-{id(log)}-{next(LOGS)}", stream=log))
    return detectors, log.getvalue()


def minutes(first: int, last: int, amount: str = "10") -> list[Bar]:
    """Four bars in each minute, which differ a little."""
    return [bar(15 * at, f"{amount}.{at % 3}") for at in range(4 * first, 4 * last)]


def rows(findings: Iterable[Finding]) -> list[VolumeAggregate]:
    return [finding.row for finding in findings if isinstance(finding.row, VolumeAggregate)]


def summed(bars: Iterable[Bar], row: VolumeAggregate) -> Decimal:
    return sum(
        (
            one.volume
            for one in bars
            if (one.market.exchange, one.market.symbol) == (row.exchange, row.symbol)
            and row.window_start <= one.start < row.window_end
        ),
        Decimal(0),
    )


def test_a_window_of_another_length_drops_the_state() -> None:
    """60 s to 120 s gave a row with the volume of 120 s in a window of 60 s, and a false alert from a baseline of 60 s."""
    before, bars = modules(volume(60))[0], minutes(0, 31)[:-2]
    told(before, bars, until(60 * 30))

    (after, *_), log = restart(checkpoint([before], {"binance": 1830 * SECOND}), volume(120))
    later = [*minutes(30, 31)[-2:], *minutes(31, 60)]
    found = told(after, later, until(60 * 60))

    assert alert_ids(found) == []
    assert [row.window_start // SECOND for row in rows(found)] == list(range(1920, 3600, 120))
    assert {row.window_end - row.window_start for row in rows(found)} == {120 * SECOND}
    assert all(Decimal(row.volume) == summed([*bars, *later], row) for row in rows(found))
    assert [row.baseline_windows for row in rows(found)] == list(range(14))
    assert log.count("\n") == 3
    assert '{\\"window_seconds\\":60}, and the features say {\\"window_seconds\\":120}' in log


@pytest.mark.parametrize(
    "features",
    [
        volume(z_score=Limits(medium=9, high=12)),
        volume(symbols={"BTC-USDT": Limits(medium=9, high=12)}),
        volume(least_windows=5),
        volume(history_windows=120),
        Features(modules={"whale_detector": WhaleSettings(hold_seconds=3)}),
        Features(modules={"spread_calculator": SpreadSettings(percent=Limits(medium=7, high=8))}),
        Features(usd_rates={"EUR": Decimal("1.1")}),
    ],
)
def test_another_threshold_keeps_the_state(features: Features) -> None:
    before = modules(Features())
    for one in before:
        told(one, minutes(0, 20), until(60 * 15))

    after, log = restart(checkpoint(before, {"binance": 1200 * SECOND}), features)

    assert [one.state() for one in after] == [one.state() for one in before]
    assert log == ""


def test_a_shorter_history_keeps_its_newest_windows() -> None:
    before = modules(volume())[0]
    told(before, minutes(0, 20), until(60 * 20))

    (after, *_), _ = restart(
        checkpoint([before], {"binance": 1200 * SECOND}), volume(history_windows=10, least_windows=5)
    )
    (row,) = rows(told(after, minutes(20, 21), until(60 * 21)))

    assert row.baseline_windows == 10


def test_other_quote_groups_drop_the_spreads_state_alone() -> None:
    before = modules(Features())
    for one in before:
        told(one, minutes(0, 20), until(60 * 15))
    groups = Features(quote_groups={"usd": ("USD", "USDT", "USDC"), "eur": ("EUR", "EURC")})

    after, log = restart(checkpoint(before, {"binance": 1200 * SECOND}), groups)

    assert [one.state() == other.state() for one, other in zip(after, before, strict=True)] == [True, True, False]
    assert log.count("\n") == 1
    assert "MOD-003" in log


def test_a_module_switched_on_again_begins_with_a_whole_window() -> None:
    """Half a window was stored as a whole one: what came while the module was off is not in it."""
    before, bars = modules(volume()), minutes(0, 11)[:-3]
    told(before[0], bars, until(60 * 10))
    off, log = restart(checkpoint(before, {"binance": 60 * 10 * SECOND}), Features(), NAMES[1:])
    assert "MOD-001" in log
    assert "switched off" in log

    while_off = minutes(10, 11)[-3:-1]
    on, log = restart(checkpoint(off, {"binance": while_off[-1].newest}), volume())
    later = [*minutes(10, 11)[-1:], *minutes(11, 15)]
    found = rows(told(on[0], later, until(60 * 15)))

    assert [row.window_start // SECOND for row in found] == [660, 720, 780, 840]
    assert [row.baseline_windows for row in found] == [0, 1, 2, 3]
    assert all(Decimal(row.volume) == summed([*bars, *while_off, *later], row) for row in found)
    assert log.count("MOD-001") == 1


def test_a_first_start_of_all_misses_nothing() -> None:
    (after, *_), log = restart(Checkpoint(sealed_at=0), volume())
    found = rows(told(after, minutes(0, 3), until(180)))

    assert [row.window_start // SECOND for row in found] == [0, 60, 120]
    assert log == ""


def _without_missed(state: object) -> object:
    """What an earlier version wrote; a whale's state is a list as it was."""
    return {key: value for key, value in state.items() if key != "missed"} if isinstance(state, dict) else state


def test_an_old_seal_is_read_and_its_states_kept() -> None:
    """A checkpoint from before this change says neither what states depend on nor `newest`; a whale's state was a list."""
    before = modules(Features())
    for one in before:
        told(one, minutes(0, 20), until(60 * 15))
    old = {
        "sealed_at": 1,
        "modules": {one.module.module_id: _without_missed(msgspec.json.decode(one.state())) for one in before},
    }
    sealed = msgspec.json.decode(msgspec.json.encode(old), type=Checkpoint)

    after, log = restart(sealed, Features())

    assert [one.state() for one in after] == [one.state() for one in before]
    assert log == ""


def test_an_old_seal_with_windows_of_another_length_is_noticed() -> None:
    before = modules(volume(60))
    told(before[0], minutes(0, 31), until(60 * 30))
    reached = State(
        (Reached(Shard("binance", "0"), 1845 * SECOND, 1), Reached(Shard("binance", "1"), 1800 * SECOND, 1))
    )
    old = checkpoint(before[:1], {}, depends_on={}, watermarks=reached)

    (after, *_), log = restart(old, volume(120))

    assert old.seen_until() == {"binance": 1845 * SECOND}
    assert "its windows are not 120 s long" in log
    assert [row.window_start // SECOND for row in rows(told(after, minutes(31, 36), until(60 * 36)))] == [1920, 2040]


def test_a_state_that_cannot_be_read_is_dropped() -> None:
    sealed = checkpoint(
        modules(volume()), {"binance": 30 * SECOND}, modules={"MOD-001": msgspec.Raw(b'{"windows": 7}')}
    )

    (after, *_), log = restart(sealed, volume())

    assert "cannot be read" in log
    assert [row.window_start // SECOND for row in rows(told(after, minutes(0, 3), until(180)))] == [60, 120]


def fill(trade_id: int, millisecond: int) -> Fill:
    amount = Decimal(60_000)
    return Fill(
        trade_id=trade_id,
        side=Side.BUY,
        timestamp=millisecond * 1_000,
        price=amount,
        quantity=Decimal(1),
        amount=amount,
    )


def shown(whale: BaseDetector, *fills: Fill, first: int = 1, last: int, now: int = 5) -> list[Finding]:
    return whale.inspect(
        DetectorInput(fills=(MarketFills(BINANCE, "USDT", fills),), seen={BINANCE: (IdRange(first, last),)}), now
    )


def test_half_a_sweep_is_not_raised_as_a_whole_one() -> None:
    """Fills 1 and 2 came while the module was off: of a sweep of six it would state four, under an id of its own."""
    (whale,), _ = restart(checkpoint([], {"binance": 7_000_999}), Features(), ["whale-detector"])
    half = shown(whale, *(fill(number, 7_000) for number in range(3, 7)), fill(7, 7_001), last=7)
    whole = shown(whale, *(fill(number, 7_002) for number in range(8, 11)), fill(11, 7_003), last=11)

    assert alert_ids(half) == []
    assert alert_ids(whole) == ["MOD-002:whale_sweep:binance:BTC-USDT:8"]


def test_a_held_sweep_is_valued_at_the_present_rate() -> None:
    (before,) = modules(
        Features(quote_groups={"usd": ("USD",)}, usd_rates={"USDT": Decimal("0.1")}), ["whale-detector"]
    )
    assert shown(before, fill(1, 7_000), fill(2, 7_000), last=2) == []

    (after,), _ = restart(checkpoint([before], {"binance": 7_000_000}), Features(), ["whale-detector"])
    found = shown(after, fill(3, 7_001), first=0, last=3)

    assert [finding.alert.message for finding in found if finding.alert] == [
        "BTC-USDT on binance: a taker bought $120,000 in 2 fills of one millisecond"
    ]


def test_a_lower_threshold_keeps_a_held_sweep() -> None:
    (before,) = modules(Features(), ["whale-detector"])
    shown(before, fill(1, 7_000), fill(2, 7_000), last=2)
    low = Thresholds(medium=Decimal(9), high=Decimal(10), critical=Decimal(110_000))

    (after,), _ = restart(
        checkpoint([before], {"binance": 7_000_000}),
        Features(modules={"whale_detector": WhaleSettings(thresholds_usd=low)}),
        ["whale-detector"],
    )
    found = shown(after, fill(3, 7_001), first=0, last=3)

    assert "MOD-002:whale_sweep:binance:BTC-USDT:1" in alert_ids(found)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("bars"), st.integers(1, 25)),
        st.tuples(st.just("restart"), st.sampled_from([30, 60, 120, 0, -60])),
        st.tuples(st.just("fail"), st.integers(1, 5)),
    ),
    min_size=1,
    max_size=25,
)


def stream(seed: int) -> Iterator[Bar]:
    """A bar of ten seconds after the other, of two markets, some quiet."""
    draw = random.Random(seed)
    for at in itertools.count():
        for market in (BINANCE, COINBASE):
            if amount := draw.randint(0, 4):
                yield bar(10 * at, str(amount), market=market)


@given(steps=STEPS, seed=st.integers(0, 2**32))
def test_every_row_states_all_that_was_traded(steps: Sequence[tuple[str, int]], seed: int) -> None:
    """However often windows change their length, the module is switched off and on (0, -60), or fails in a batch."""
    source = stream(seed)
    seen: list[Bar] = []
    found: list[VolumeAggregate] = []
    newest: dict[str, int] = {}
    detectors = modules(volume(60), NAMES[:1])
    for step, number in steps:
        if step == "restart":
            names = NAMES[:1] if number > 0 else NAMES[1:2]
            detectors, _ = restart(checkpoint(detectors, newest), volume(abs(number) or 60), names)
            continue
        bars = [next(source) for _ in range(number)]
        seen += bars
        newest |= {one.market.exchange: one.newest for one in bars}
        for one in detectors:
            if step == "fail":
                one.missed({exchange: newest[exchange] for exchange in {bar.market.exchange for bar in bars}})
            else:
                found += rows(told(one, bars, newest))
    assert all(Decimal(row.volume) == summed(seen, row) for row in found)
