"""Compares events that last (volume spikes, divergences, depegs) with the alerts about windows.

Several alerts of one episode are one detection. An episode must be detected only if a window could show it. Such a window lies
wholly within its full size, closes before the trades end, and has as many windows before it as its detector needs.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from coattail_demo.evidence import Episode, RaisedAlert, SentMarket
from coattail_demo.features import Features

VOLUME_SPIKE: Final = "volume_spike"


class EpisodeProof(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the injected episodes, and the alerts about windows that none of them explains.

    `out_of_reach` are those that were not found and could not have been.
    """

    found: tuple[Episode, ...] = ()
    undetected: tuple[Episode, ...] = ()
    out_of_reach: tuple[Episode, ...] = ()
    false_alerts: tuple[RaisedAlert, ...] = ()


def judge_episodes(
    episodes: Sequence[Episode],
    raised: Sequence[RaisedAlert],
    sent: Sequence[SentMarket],
    features: Features,
    kept_until: int = 0,
) -> EpisodeProof:
    """Hold the alerts about windows among those raised against the injected episodes. `kept_until` is when an earlier demo ended."""
    alerts = [alert for alert in raised if alert.sighting is not None]
    found = tuple(one for one in episodes if any(shows(alert, one) for alert in alerts))
    missed = [one for one in episodes if one not in found]
    return EpisodeProof(
        found=found,
        undetected=tuple(one for one in missed if is_within_reach(one, sent, features, kept_until)),
        out_of_reach=tuple(one for one in missed if not is_within_reach(one, sent, features, kept_until)),
        false_alerts=tuple(alert for alert in alerts if not any(shows(alert, one) for one in episodes)),
    )


def shows(alert: RaisedAlert, episode: Episode) -> bool:
    """Whether an alert is of an episode: its type, its market or one of its two, a window that overlaps it, its direction."""
    seen = alert.sighting
    if seen is None or alert.key.alert_type != episode.alert_type:
        return False
    if seen.window_end <= episode.began_at or seen.window_start >= episode.ended_at:
        return False
    if alert.key.market == episode.market:
        return seen.size * episode.magnitude > 0
    # Seen from the market that did not move, the other went the other way.
    return seen.other == episode.market and seen.size * episode.magnitude < 0


def is_within_reach(episode: Episode, sent: Sequence[SentMarket], features: Features, kept_until: int = 0) -> bool:
    """Whether a window could have shown it. A spike that follows one of an earlier demo may look small beside that."""
    traded = [market for market in sent if market.sent]
    is_spike = episode.alert_type == VOLUME_SPIKE
    module = features.volume_anomaly if is_spike else features.spread_calculator
    if not traded or not module.enabled:
        return False
    window = features.volume_window if is_spike else features.spread_window
    earliest = episode.full_from
    if is_spike and episode.began_at < kept_until + features.volume_anomaly.history_windows * features.volume_window:
        return False
    if is_spike:
        began = next((market.first_time for market in traded if market.name == episode.market), episode.ended_at)
        earliest = max(earliest, (began // window + features.volume_anomaly.least_windows) * window)
    start = -(-earliest // window) * window
    closable = min(market.last_time for market in traded) - features.lateness
    return start + window <= min(episode.full_until, closable)
