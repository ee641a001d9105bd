"""MOD-002 whale-detector: trades and sweeps above a threshold in US dollars."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar, Final

import msgspec

from coattail_common.contracts import Details, MarketTrades, Severity, Side, event_id
from coattail_common.ids import Market, contains
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.exact import digits, product, rounded
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.observed import MarketFills
from coattail_detectors.kernel.provenance import Provenance
from coattail_detectors.modules.whale_detector.alerts import WhaleSweepDetails, WhaleTradeDetails
from coattail_detectors.modules.whale_detector.module import MODULE, WhaleSettings
from coattail_detectors.modules.whale_detector.rows import WhaleTrade
from coattail_detectors.modules.whale_detector.sweeps import Run, runs

_MICROS: Final = 1_000_000


class Held(msgspec.Struct, frozen=True):
    """A run that may have further fills; `rate` is its quote's in US dollars, `since` when it last got one (UTC, µs). `late` when
    its time was over already as it came."""

    market: Market
    rate: Decimal
    run: Run
    since: int
    late: bool


class State(msgspec.Struct, frozen=True):
    """The detector's state. `missed`: see `BaseDetector.missed`."""

    held: list[Held]
    missed: dict[str, int] = {}


class WhaleDetector(BaseDetector):
    """Each trade by itself as it comes; each run once it is whole: when the ids on both its sides have come and are not part of it,
    or when its exchange's time has passed it. So a sweep is one sweep in whatever order and batches its fills come."""

    module: ClassVar = MODULE

    def __init__(self, features: Features, provenance: Provenance) -> None:
        self._settings = features.of(WhaleSettings)
        self._features = features
        self.floor = min(one.medium for one in (self._settings.thresholds_usd, *self._settings.symbols.values()))
        self.patience = round(self._settings.hold_seconds * _MICROS)
        self._provenance = provenance
        self._held: dict[Market, list[Held]] = {}
        self._heard: dict[str, int] = {}
        self._missed: dict[str, int] = {}
        self.without_usd = 0
        """Fills passed over because their quote currency has no rate in US dollars."""

    def inspect(self, shown: DetectorInput, now: int) -> list[Finding]:
        """See `BaseDetector.inspect`."""
        findings: list[Finding] = []
        for seen in shown.fills:
            self._heard[seen.market.exchange] = now
            rate = self._features.usd_rate(seen.quote)
            if rate is None:
                self.without_usd += len(seen.fills)
                continue
            for fill in seen.fills:
                findings += self._trade(seen.market, Run((fill,)), rate, now)
            self._hold(seen, rate, shown, now)
        return findings + self._whole(shown, now)

    def state(self) -> bytes:
        """See `BaseDetector.state`."""
        held = [held for market in sorted(self._held) for held in self._held[market]]
        # A version from before `missed` reads a list, and can go back to it as long as nothing was missed.
        return msgspec.json.encode(State(held, self._missed) if self._missed else held)

    def restore(self, state: bytes) -> None:
        """See `BaseDetector.restore`. Runs get the rate that their quote has now; those of a quote without one are dropped."""
        read = msgspec.json.decode(state, type=list[Held] | State)
        known = read if isinstance(read, State) else State(read)
        self._held, self._missed = {}, dict(known.missed)
        for held in known.held:
            rate = self._features.usd_rate(held.market.symbol.partition("-")[2])
            if rate is not None:
                self._held.setdefault(held.market, []).append(msgspec.structs.replace(held, rate=rate))

    def missed(self, until: Mapping[str, int]) -> None:
        """See `BaseDetector.missed`. Sweeps of these milliseconds are never raised; single trades are, as they come."""
        self._missed |= {name: max(time, self._missed.get(name, time)) for name, time in until.items()}

    def _hold(self, seen: MarketFills, rate: Decimal, shown: DetectorInput, now: int) -> None:
        """Put the fills to those held of their market."""
        before = {held.run: held for held in self._held.get(seen.market, ())}
        fills = {fill.trade_id: fill for held in before.values() for fill in held.run.fills}
        fills |= {fill.trade_id: fill for fill in seen.fills}
        self._held[seen.market] = [
            before.get(run) or Held(seen.market, rate, run, now, _is_over(run, seen.market, shown))
            for run in runs(fills[trade_id] for trade_id in sorted(fills))
        ]

    def _whole(self, shown: DetectorInput, now: int) -> list[Finding]:
        """The sweeps among the runs held that will get no further fills; those runs are held no longer."""
        whole = [
            held for market in sorted(self._held) for held in self._held[market] if self._is_whole(held, shown, now)
        ]
        for held in whole:
            self._held[held.market].remove(held)
        self._held = {market: held for market, held in self._held.items() if held}
        return [finding for held in whole for finding in self._sweep(held.market, held.run, held.rate, now)]

    def _is_whole(self, held: Held, shown: DetectorInput, now: int) -> bool:
        ids = shown.seen.get(held.market, ())
        if contains(ids, held.run.first.trade_id - 1) and contains(ids, held.run.last.trade_id + 1):
            return True
        wait = self._settings.hold_seconds * _MICROS
        if held.late:
            return now - held.since > wait
        heard = self._heard.setdefault(held.market.exchange, now)
        return _is_over(held.run, held.market, shown) or now - heard > wait

    def _may_lack_fills(self, market: Market, run: Run) -> bool:
        return run.first.timestamp // 1000 <= self._missed.get(market.exchange, -1) // 1000

    def _trade(self, market: Market, run: Run, rate: Decimal, now: int) -> list[Finding]:
        fill, usd = run.first, _in_dollars(run.amount, rate)
        reached = self._settings.thresholds(market.symbol).severity(usd)
        if reached is None:
            return []
        severity, threshold = reached
        details = WhaleTradeDetails(
            side=Side(fill.side),
            trade_id=fill.trade_id,
            price=digits(fill.price),
            quantity=digits(fill.quantity),
            usd=digits(usd),
            threshold_usd=digits(threshold),
        )
        message = f"{market.symbol} on {market.exchange}: a taker {_did(fill.side)} {_dollars(usd)} in one trade"
        return [self._finding(market, run, usd, details, severity, message, "trade", now)]

    def _sweep(self, market: Market, run: Run, rate: Decimal, now: int) -> list[Finding]:
        usd = _in_dollars(run.amount, rate)
        reached = self._settings.thresholds(market.symbol).severity(usd)
        if reached is None or len(run.fills) == 1 or self._may_lack_fills(market, run):
            return []
        severity, threshold = reached
        details = WhaleSweepDetails(
            side=Side(run.first.side),
            first_trade_id=run.first.trade_id,
            last_trade_id=run.last.trade_id,
            fills=len(run.fills),
            quantity=digits(run.quantity),
            usd=digits(usd),
            threshold_usd=digits(threshold),
        )
        message = (
            f"{market.symbol} on {market.exchange}: a taker {_did(run.first.side)} {_dollars(usd)} "
            f"in {len(run.fills)} fills of one millisecond"
        )
        return [self._finding(market, run, usd, details, severity, message, "sweep", now)]

    def _finding(
        self,
        market: Market,
        run: Run,
        usd: Decimal,
        details: Details,
        severity: Severity,
        message: str,
        kind: str,
        now: int,
    ) -> Finding:
        first, last = run.first, run.last
        alert = self._provenance.alert(
            details,
            module=self.module,
            detector=type(self),
            key=event_id(market.exchange, market.symbol, first.trade_id),
            exchange=market.exchange,
            symbol=market.symbol,
            severity=severity,
            event_time=first.timestamp,
            now=now,
            message=message,
            trades=(
                MarketTrades(
                    exchange=market.exchange,
                    symbol=market.symbol,
                    first_trade_id=first.trade_id,
                    last_trade_id=last.trade_id,
                    trade_count=len(run.fills),
                ),
            ),
        )
        row = WhaleTrade(
            alert_id=alert.alert_id,
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
            quantity=digits(run.quantity),
            usd=digits(usd),
        )
        return Finding(alert, row)


def _did(side: str) -> str:
    return "bought" if side == Side.BUY else "sold"


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.0f}"


def _in_dollars(amount: Decimal, rate: Decimal) -> Decimal:
    return amount if rate == 1 else rounded(product(amount, rate))


def _is_over(run: Run, market: Market, shown: DetectorInput) -> bool:
    """Whether the time of the run's exchange has passed its millisecond."""
    mark = shown.watermarks.get(market.exchange)
    return mark is not None and mark // 1000 > run.first.timestamp // 1000
