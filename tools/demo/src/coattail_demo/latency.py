"""How long an alert took to come off the bus: from the sending of its last trade or, for an alert about a window, from the
moment when that window could close."""

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from coattail_common.contracts import Alert
from coattail_demo.evidence import AlertKey, RaisedAlert
from coattail_demo.tap import SeenAlert
from coattail_harness.exchange import SimulatorClient, TradeKey


class Latency(msgspec.Struct, frozen=True):
    """Percentiles in ms, by nearest rank: each is the latency of an alert that occurred."""

    p50: float
    p99: float
    max: float


class Amount(msgspec.Struct, frozen=True):
    """What the details of every alert about trades have: US dollars."""

    usd: str = "0"


class AlertTimes:
    """The alerts with their latencies. The simulator is asked once for each alert about trades.

    On the real exchanges, where nobody can say when a trade was sent, its own time stands in. A window can close when trades
    are `lateness` µs past its end; None where trades do not come at their own time, in a replay.
    """

    def __init__(self, simulator: SimulatorClient | None, lateness: int | None) -> None:
        self._simulator = simulator
        self._lateness = lateness
        self._raised: dict[str, RaisedAlert] = {}

    async def of(self, alerts: Sequence[SeenAlert]) -> tuple[RaisedAlert, ...]:
        """The alerts, in the same order."""
        fresh = [seen for seen in alerts if seen.alert.alert_id not in self._raised]
        # Of an alert in no single market, no trade is the last.
        about_trades = [seen for seen in fresh if seen.sighting is None and seen.alert.exchange is not None]
        began = dict(zip(_ids(about_trades), await self._sent_at(about_trades), strict=True))
        for seen in fresh:
            if seen.sighting is not None and self._lateness is not None:
                began[seen.alert.alert_id] = seen.sighting.window_end + self._lateness
            self._raised[seen.alert.alert_id] = _raised(seen, began.get(seen.alert.alert_id))
        return tuple(self._raised[seen.alert.alert_id] for seen in alerts)

    async def _sent_at(self, alerts: Sequence[SeenAlert]) -> Sequence[int | None]:
        if self._simulator is None:
            return [seen.alert.event_time for seen in alerts]
        if not alerts:
            return []
        return await self._simulator.sent_at([_last_trade(seen.alert) for seen in alerts])


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of the values do not exceed. Raises `ValueError` for none."""
    ascending = sorted(values)
    if not ascending:
        raise ValueError("there is no percentile of no values")
    return ascending[max(0, math.ceil(share * len(ascending)) - 1)]


def by_type(alerts: Iterable[RaisedAlert]) -> Mapping[str, Latency]:
    """The latencies of each alert type that has any."""
    found: dict[str, list[float]] = {}
    for alert in alerts:
        if alert.latency_ms is not None:
            found.setdefault(alert.key.alert_type, []).append(alert.latency_ms)
    return {name: _latency(values) for name, values in sorted(found.items())}


def _ids(alerts: Iterable[SeenAlert]) -> Iterable[str]:
    return (seen.alert.alert_id for seen in alerts)


def _latency(values: Sequence[float]) -> Latency:
    p50, p99, longest = (round(percentile(values, share), 1) for share in (0.5, 0.99, 1.0))
    return Latency(p50, p99, longest)


def _raised(seen: SeenAlert, since: int | None) -> RaisedAlert:
    alert, lineage = seen.alert, seen.alert.lineage
    key = AlertKey(alert.alert_type, alert.exchange or "", alert.symbol, lineage.first_trade_id, lineage.last_trade_id)
    amount = msgspec.json.decode(alert.details, type=Amount)
    latency_ms = None if since is None else (seen.arrived_at - since) / 1000
    return RaisedAlert(alert.alert_id, key, float(amount.usd), latency_ms, seen.sighting)


def _last_trade(alert: Alert) -> TradeKey:
    return TradeKey(alert.exchange or "", alert.symbol, alert.lineage.last_trade_id)
