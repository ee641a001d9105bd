"""Which alert about a window is of which injected episode, and which episodes are asked for."""

import msgspec
import pytest

from coattail_demo.episodes import EpisodeProof, is_within_reach, judge_episodes, shows
from coattail_demo.evidence import Episode, RaisedAlert, SentMarket
from coattail_demo.features import Features
from coattail_demo.proof import judge
from coattail_demo.testing import FEATURES, SECOND, START, episode, sighted, sound

BTC, BTC_USD = "binance:BTC-USDT", "coinbase:BTC-USD"
SPIKE = episode("volume_spike", BTC, 40, 12, 30.0)
DIVERGENCE = episode("spread_divergence", BTC_USD, 20, 16, -1.5, ramp=2.5)
DEPEG = episode("quote_depeg", "USDT-USD", 4, 24, 1.4, ramp=6)


def sent(first: float = 0.0, last: float = 60.0) -> tuple[SentMarket, ...]:
    times = (START + round(first * SECOND), START + round(last * SECOND))
    return (SentMarket("binance", "BTC-USDT", 1, 9, 9, *times), SentMarket("coinbase", "BTC-USD", 1, 9, 9, *times))


@pytest.mark.parametrize(
    ("injected", "alert", "is_shown"),
    [
        (SPIKE, sighted("volume_spike", BTC, 40, 25.0), True),
        (SPIKE, sighted("volume_spike", BTC, 50, 25.0), True),
        (SPIKE, sighted("volume_spike", BTC, 35, 25.0), False),
        (SPIKE, sighted("volume_spike", BTC, 55, 25.0), False),
        (SPIKE, sighted("volume_spike", BTC, 50, -25.0), False),
        (SPIKE, sighted("volume_spike", BTC_USD, 40, 25.0), False),
        (SPIKE, sighted("spread_divergence", BTC, 40, 25.0, BTC_USD), False),
        (DIVERGENCE, sighted("spread_divergence", BTC, 25, 1.5, BTC_USD), True),
        (DIVERGENCE, sighted("spread_divergence", BTC_USD, 25, -1.5, BTC), True),
        (DIVERGENCE, sighted("spread_divergence", BTC, 25, -1.5, BTC_USD), False),
        (DIVERGENCE, sighted("spread_divergence", "binance:ETH-USDT", 25, 1.5, "coinbase:ETH-USD"), False),
        (DEPEG, sighted("quote_depeg", "USDT-USD", 5, 0.6), True),
        (DEPEG, sighted("quote_depeg", "USDT-USD", 5, -0.6), False),
        (DEPEG, sighted("quote_depeg", "USDC-USD", 5, 0.6), False),
    ],
)
def test_an_alert_is_of_an_episode_by_type_market_window_and_direction(
    injected: Episode, alert: RaisedAlert, is_shown: bool
) -> None:
    assert shows(alert, injected) is is_shown


@pytest.mark.parametrize(
    ("injected", "markets", "is_asked_for"),
    [
        (SPIKE, sent(), True),
        # The window from 40 to 45 closes at 47.
        (SPIKE, sent(last=47.0), True),
        (SPIKE, sent(last=46.9), False),
        # Six windows before the one from 45 to 50: the market began in that from 15 to 20.
        (SPIKE, sent(first=19.9), True),
        (SPIKE, sent(first=20.0), False),
        (SPIKE, (), False),
        # Of a ramp nothing is asked: the window from 25 to 30 is the first at full size.
        (DIVERGENCE, sent(last=32.0), True),
        (DIVERGENCE, sent(last=31.9), False),
        (episode("spread_divergence", BTC, 21, 8, 1.5), sent(), False),
        (DEPEG, sent(first=9.0), True),
    ],
)
def test_an_episode_is_asked_for_where_a_window_could_show_it(
    injected: Episode, markets: tuple[SentMarket, ...], is_asked_for: bool
) -> None:
    assert is_within_reach(injected, markets, FEATURES) is is_asked_for


@pytest.mark.parametrize(("key", "injected"), [("volume_anomaly", SPIKE), ("spread_calculator", DEPEG)])
def test_nothing_is_asked_of_a_module_that_is_off(key: str, injected: Episode) -> None:
    off = msgspec.structs.replace(getattr(FEATURES, key), enabled=False)
    assert not is_within_reach(injected, sent(), msgspec.structs.replace(FEATURES, **{key: off}))


def test_with_windows_of_a_minute_a_minute_shows_nothing() -> None:
    assert not any(is_within_reach(one, sent(), Features()) for one in (SPIKE, DIVERGENCE, DEPEG))


def test_several_alerts_of_an_episode_are_one_detection_and_others_are_false() -> None:
    rising = [sighted("quote_depeg", "USDT-USD", start, size) for start, size in ((5, 0.7), (10, 1.3))]
    astray = sighted("volume_spike", BTC, 20, 13.0)
    late = episode("volume_spike", BTC_USD, 56, 4, 30.0)
    proof = judge_episodes([DEPEG, SPIKE, late], [*rising, astray, *sound().raised], sent(), FEATURES)
    assert proof == EpisodeProof(found=(DEPEG,), undetected=(SPIKE,), out_of_reach=(late,), false_alerts=(astray,))


def test_one_that_is_found_although_it_was_not_asked_for_is_found() -> None:
    alert = sighted("volume_spike", BTC, 40, 13.0)
    proof = judge_episodes([SPIKE], [alert], sent(last=46.0), FEATURES)
    assert proof == EpisodeProof(found=(SPIKE,))


def test_what_is_not_found_is_a_problem_and_may_still_come() -> None:
    times = {"first_time": START, "last_time": START + 60 * SECOND}
    markets = tuple(msgspec.structs.replace(one, **times) for one in sound().sent)
    proof = judge(sound(sent=markets, episodes=(SPIKE,), features=FEATURES))
    assert proof.problems == ("not detected: volume_spike in binance:BTC-USDT, 30 times, 14:14:00 to 14:14:12",)
    assert proof.outstanding == 1


def test_false_alerts_about_windows_are_counted_and_no_problem() -> None:
    false = sighted("volume_spike", BTC, 20, 13.0)
    evidence = sound(raised=(*sound().raised, false), episodes=(), features=FEATURES)
    proof = judge(evidence)
    assert proof.episodes.false_alerts == (false,)
    assert proof.false_alerts == ()
    assert proof.problems == (f"on the bus but not in anomaly_alerts: {false.alert_id}",)


def test_without_a_truth_nothing_is_false() -> None:
    seen = sighted("volume_spike", BTC, 20, 13.0)
    assert judge(sound(raised=(*sound().raised, seen), injected=None)).episodes == EpisodeProof()


def test_a_spike_soon_after_an_earlier_demo_is_not_demanded() -> None:
    """The windows before it hold the earlier demo's spike, beside which it is small."""
    spike = episode("volume_spike", "binance:BTC-USDT", 40, 12, 30.0)
    sent = [msgspec.structs.replace(one, first_time=START, last_time=START + 60 * SECOND) for one in sound().sent]
    history = FEATURES.volume_anomaly.history_windows * 5 * SECOND
    assert is_within_reach(spike, sent, FEATURES)
    assert not is_within_reach(spike, sent, FEATURES, spike.began_at - history + 1)
    assert is_within_reach(spike, sent, FEATURES, spike.began_at - history)
