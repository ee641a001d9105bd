"""How long an alert took: from the moment the last of its trades was sent to its arrival off the bus."""

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from coattail_common.contracts import Alert
from coattail_demo.evidence import AlertKey, RaisedAlert
from coattail_demo.simulator import SimulatorClient, TradeKey
from coattail_demo.tap import SeenAlert


class Latency(msgspec.Struct, frozen=True):
    """Percentiles in ms, by nearest rank: each is the latency of an alert that occurred."""

    p50: float
    p99: float


class Amount(msgspec.Struct, frozen=True):
    """What the details of every alert about trades have: US dollars."""

    usd: str = "0"


class AlertTimes:
    """The alerts with their latencies. The simulator is asked once for each alert.

    On the real exchanges, where nobody can say when a trade was sent, its own time stands in.
    """

    def __init__(self, simulator: SimulatorClient | None) -> None:
        self._simulator = simulator
        self._raised: dict[str, RaisedAlert] = {}

    async def of(self, alerts: Sequence[SeenAlert]) -> tuple[RaisedAlert, ...]:
        """The alerts, in the same order."""
        fresh = [seen for seen in alerts if seen.alert.alert_id not in self._raised]
        for seen, sent_at in zip(fresh, await self._sent_at(fresh), strict=True):
            latency = None if sent_at is None else (seen.arrived_at - sent_at) / 1000
            self._raised[seen.alert.alert_id] = _raised(seen.alert, latency)
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
    return {
        name: Latency(round(percentile(values, 0.5), 1), round(percentile(values, 0.99), 1))
        for name, values in sorted(found.items())
    }


def _raised(alert: Alert, latency_ms: float | None) -> RaisedAlert:
    lineage = alert.lineage
    key = AlertKey(alert.alert_type, alert.exchange or "", alert.symbol, lineage.first_trade_id, lineage.last_trade_id)
    amount = msgspec.json.decode(alert.details, type=Amount)
    return RaisedAlert(alert.alert_id, key, float(amount.usd), latency_ms)


def _last_trade(alert: Alert) -> TradeKey:
    return TradeKey(alert.exchange or "", alert.symbol, alert.lineage.last_trade_id)
