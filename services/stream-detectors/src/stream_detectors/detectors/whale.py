"""MOD-002 whale-detector: trades and sweeps above a threshold in US dollars."""

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar, Final

import msgspec

from coattail_common.contracts import (
    Alert,
    Details,
    Severity,
    Side,
    WhaleSweepDetails,
    WhaleTrade,
    WhaleTradeDetails,
    event_id,
)
from coattail_common.tables import WHALE_TRADES
from stream_detectors.detectors.base import BaseDetector, Finding
from stream_detectors.detectors.module import Module
from stream_detectors.detectors.provenance import Provenance
from stream_detectors.detectors.sweeps import Run, runs
from stream_detectors.features import Features
from stream_detectors.observation import MarketFills
from stream_detectors.ranges import Market

_MICROS: Final = 1_000_000


class Held(msgspec.Struct, frozen=True):
    """The newest run of a market, which may go on in the next batch; `since` is when it was held (UTC, µs)."""

    market: Market
    quote: str
    run: Run
    since: int


class WhaleDetector(BaseDetector):
    """Each trade by itself as it comes; each run once it has ended: by a trade of its market that is not part of it, or by waiting."""

    module: ClassVar = Module(
        module_id="MOD-002",
        name="whale-detector",
        tier="small",
        description="Single trades and sweeps of whale size",
        data_sources=("raw_trades",),
        dependencies=(),
        processing="per trade, and per sweep: consecutive trades of one market, side and millisecond",
        table=WHALE_TRADES,
        alert_types=dict.fromkeys(("whale_trade", "whale_sweep"), (Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)),
        cost=0.0,
    )

    def __init__(self, features: Features, provenance: Provenance) -> None:
        self._features = features.whale_detector
        self._usd_quotes = frozenset(features.usd_quotes)
        self._provenance = provenance
        self._held: dict[Market, Held] = {}
        self.without_usd = 0
        """Fills passed over because their quote currency has no rate in US dollars."""

    def inspect(self, fills: Iterable[MarketFills], now: int) -> list[Finding]:
        """See `BaseDetector.inspect`."""
        findings: list[Finding] = []
        for seen in fills:
            if seen.quote not in self._usd_quotes:
                self.without_usd += len(seen.fills)
                continue
            for fill in seen.fills:
                findings += self._trade(seen.market, Run((fill,)), now)
            findings += self._runs(seen, now)
        return findings + self.settle(now)

    def settle(self, now: int) -> list[Finding]:
        """See `BaseDetector.settle`."""
        overdue = [one for one in self._held.values() if now - one.since > self._features.hold_seconds * _MICROS]
        findings: list[Finding] = []
        for held in overdue:
            del self._held[held.market]
            findings += self._sweep(held.market, held.run, now)
        return findings

    def state(self) -> bytes:
        """See `BaseDetector.state`."""
        return msgspec.json.encode(sorted(self._held.values(), key=lambda held: held.market))

    def restore(self, state: bytes) -> None:
        """See `BaseDetector.restore`."""
        self._held = {held.market: held for held in msgspec.json.decode(state, type=list[Held])}

    def _runs(self, seen: MarketFills, now: int) -> list[Finding]:
        held = self._held.get(seen.market)
        backfill = held is not None and seen.fills[-1].trade_id < held.run.first.trade_id
        ended = runs(seen.fills, None if backfill or held is None else held.run)
        if not backfill:
            newest = ended.pop()
            self._held[seen.market] = Held(seen.market, seen.quote, newest, now)
        return [finding for run in ended for finding in self._sweep(seen.market, run, now)]

    def _trade(self, market: Market, run: Run, now: int) -> list[Finding]:
        fill = run.first
        reached = self._features.thresholds(market.symbol).severity(fill.amount)
        if reached is None:
            return []
        severity, threshold = reached
        details = WhaleTradeDetails(
            side=Side(fill.side),
            trade_id=fill.trade_id,
            price=f"{fill.price:f}",
            quantity=f"{fill.quantity:f}",
            usd=f"{fill.amount:f}",
            threshold_usd=f"{threshold:f}",
        )
        message = (
            f"{market.symbol} on {market.exchange}: a taker {_did(fill.side)} {_dollars(fill.amount)} in one trade"
        )
        return [self._finding(market, run, details, severity, message, "trade", now)]

    def _sweep(self, market: Market, run: Run, now: int) -> list[Finding]:
        reached = self._features.thresholds(market.symbol).severity(run.amount)
        if reached is None or len(run.fills) == 1:
            return []
        severity, threshold = reached
        details = WhaleSweepDetails(
            side=Side(run.first.side),
            first_trade_id=run.first.trade_id,
            last_trade_id=run.last.trade_id,
            fills=len(run.fills),
            quantity=f"{run.quantity:f}",
            usd=f"{run.amount:f}",
            threshold_usd=f"{threshold:f}",
        )
        message = (
            f"{market.symbol} on {market.exchange}: a taker {_did(run.first.side)} {_dollars(run.amount)} "
            f"in {len(run.fills)} fills of one millisecond"
        )
        return [self._finding(market, run, details, severity, message, "sweep", now)]

    def _finding(
        self, market: Market, run: Run, details: Details, severity: Severity, message: str, kind: str, now: int
    ) -> Finding:
        first, last = run.first, run.last
        alert_id = (
            f"{self.module.module_id}:{details.alert_type}:{event_id(market.exchange, market.symbol, first.trade_id)}"
        )
        alert = Alert.with_details(
            details,
            alert_id=alert_id,
            module_id=self.module.module_id,
            exchange=market.exchange,
            symbol=market.symbol,
            severity=severity,
            detected_at=now,
            event_time=first.timestamp,
            message=message,
            lineage=self._provenance.lineage(
                alert_id=alert_id,
                module_id=self.module.module_id,
                detector=type(self).__name__,
                now=now,
                first=first.trade_id,
                last=last.trade_id,
                count=len(run.fills),
            ),
        )
        row = WhaleTrade(
            alert_id=alert_id,
            detected_at=now,
            event_time=first.timestamp,
            exchange=market.exchange,
            symbol=market.symbol,
            kind=kind,
            side=first.side,
            severity=severity,
            first_trade_id=first.trade_id,
            last_trade_id=last.trade_id,
            fills=len(run.fills),
            quantity=f"{run.quantity:f}",
            usd=f"{run.amount:f}",
        )
        return Finding(alert, row)


def _did(side: str) -> str:
    return "bought" if side == Side.BUY else "sold"


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.0f}"
