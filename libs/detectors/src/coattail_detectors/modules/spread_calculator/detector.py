"""MOD-003 spread-calculator: the same asset at two prices, and quote currencies that have come apart."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

import msgspec

from coattail_common.contracts import Alert, MarketTrades
from coattail_detectors.building.episodes import Episode, Episodes
from coattail_detectors.building.windowed import Meaning, WindowDetector
from coattail_detectors.building.windows import OpenMarket, Window
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.provenance import Provenance
from coattail_detectors.modules.spread_calculator.alerts import BasisSource, QuoteDepegDetails, SpreadDivergenceDetails
from coattail_detectors.modules.spread_calculator.basis import PARITY, Bases, Basis, Quotes, Ratio, Venues
from coattail_detectors.modules.spread_calculator.module import MODULE, SpreadSettings
from coattail_detectors.modules.spread_calculator.pairs import Pair, pairs, rated, vwap
from coattail_detectors.modules.spread_calculator.rows import ExchangeSpread
from coattail_detectors.modules.spread_calculator.waiting import Waiting


class Held(msgspec.Struct, frozen=True):
    """The detector's state. `missed`: see `BaseDetector.missed`.

    `waiting` are closed windows, `reached` says how far each exchange has come, and `rates_until` until when the quotes of all
    exchanges were looked at (UTC, µs). States of before 0.2.4 lack these three: every window was open until all had come to its end.
    """

    windows: tuple[OpenMarket, ...]
    ratios: tuple[Ratio, ...]
    episodes: tuple[Episode, ...]
    missed: dict[str, int] = {}
    waiting: tuple[Window, ...] = ()
    reached: dict[str, int] = {}
    rates_until: int = 0


class MeaningOfRates(Meaning, frozen=True, kw_only=True):
    """What the state depends on: the windows' length, and which quotes a rate is between."""

    quote_groups: dict[str, tuple[str, ...]]


class SpreadDetector(WindowDetector):
    """Each window of two exchanges once both have come to its end: the bases of the quotes, then what is left of each difference. The
    basis of all exchanges together, which a depeg is judged by, once all of them have.
    """

    module: ClassVar = MODULE

    def __init__(self, features: Features, provenance: Provenance) -> None:
        self._settings = features.of(SpreadSettings)
        self._groups = features.quote_groups
        super().__init__(provenance, self._settings.window_seconds, forget_after=self._settings.basis_windows)
        self._waiting = Waiting(self.window, self._settings.patience_seconds * 1e6)
        self._bases = Bases(self.window * self._settings.basis_windows, self._settings.least_symbols)
        self._rates_until = 0
        self._episodes = Episodes()

    def inspect(self, shown: DetectorInput, now: int) -> list[Finding]:
        """See `BaseDetector.inspect`."""
        self._windows.add(shown.bars)
        if not shown.watermarks:
            return []
        reached = self._waiting.advance(shown.watermarks)
        self._waiting.hold(self._windows.close(reached))
        slowest = min(reached.values())
        rates_until = max(self._rates_until, self._rated_until(reached, slowest))
        findings: list[Finding] = []
        for start in self._waiting.starts:
            spreads = [
                one for venues, windows in self._waiting.due(start) for one in self._look(venues, windows, start, now)
            ]
            if self._rates_until < start + self.window <= rates_until:
                findings += self._depegs(start, now)
            findings += spreads
        self._rates_until = rates_until
        self._waiting.drop(slowest)
        if findings:
            self._bases.forget(slowest - self.window)
        return findings

    def state(self) -> bytes:
        """See `BaseDetector.state`."""
        return msgspec.json.encode(
            Held(
                windows=self._windows.state(),
                ratios=self._bases.state(),
                episodes=self._episodes.state(),
                missed=self._windows.missed(),
                waiting=self._waiting.state(),
                reached=self._waiting.reached(),
                rates_until=self._rates_until,
            )
        )

    def restore(self, state: bytes) -> None:
        """See `BaseDetector.restore`."""
        held = msgspec.json.decode(state, type=Held)
        self._windows.restore(held.windows, held.missed)
        self._bases.restore(held.ratios)
        self._episodes.restore(held.episodes)
        self._waiting.restore(held.waiting, held.reached)
        self._rates_until = held.rates_until

    def depends_on(self) -> bytes:
        """See `BaseDetector.depends_on`."""
        return msgspec.json.encode(
            MeaningOfRates(window_seconds=self._settings.window_seconds, quote_groups=self._groups),
            order="deterministic",
        )

    def _rated_until(self, reached: Mapping[str, int], slowest: int) -> int:
        """Return how far all exchanges have come that show rates of quotes (UTC, µs); `slowest` is how far all have."""
        if not any(start + self.window > max(slowest, self._rates_until) for start in self._waiting.starts):
            return slowest
        known = (one for one in self._windows.markets | self._waiting.markets if one.exchange in reached)
        return min((reached[exchange] for exchange in rated(known, self._groups)), default=slowest)

    def _look(self, venues: Venues, windows: list[Window], start: int, now: int) -> Iterator[Finding]:
        """What the windows of two exchanges have in common."""
        found = list(pairs(windows, self._groups))
        self._bases.note(pair.ratio for pair in found if pair.ratio)
        # Once for all pairs of two quotes: estimating looks at every asset.
        bases = {quotes: self._bases.of(quotes, start, venues) for quotes in {pair.quotes for pair in found} if quotes}
        return (self._spread(pair, bases[pair.quotes] if pair.quotes else PARITY, now) for pair in found)

    def _depegs(self, start: int, now: int) -> Iterator[Finding]:
        """What the windows of all exchanges together say of the quotes."""
        for quotes in self._bases.seen(start):
            if alert := self._depeg(quotes, self._bases.of(quotes, start), start, now):
                yield Finding(alert, None)

    def _depeg(self, quotes: Quotes, basis: Basis, start: int, now: int) -> Alert | None:
        key = f"{quotes.base}-{quotes.quote}"
        severity = self._settings.depeg_percent.severity(basis.percent)
        if basis.source is not BasisSource.ESTIMATED:
            return None  # neither news of a depeg nor of its end
        if not self._episodes.is_news(key, severity, upwards=basis.percent > 0) or severity is None:
            return None
        found = [pair for pair in pairs(self._waiting.of(start), self._groups) if pair.quotes == quotes]
        return self._provenance.alert(
            QuoteDepegDetails(
                window_start=start,
                window_end=start + self.window,
                basis_percent=basis.percent,
                symbols=basis.symbols,
                threshold_percent=self._settings.depeg_percent.of(severity),
            ),
            module=self.module,
            detector=type(self),
            key=f"{key}:{start}",
            exchange=None,
            symbol=key,
            severity=severity,
            event_time=start + self.window,
            now=now,
            message=(
                f"{quotes.base} is {abs(basis.percent):.2f} % {_above(basis.percent)} parity with {quotes.quote}, "
                f"by {basis.symbols} assets"
            ),
            trades=tuple(_trades(one) for one in _once(found)),
        )

    def _spread(self, pair: Pair, basis: Basis, now: int) -> Finding:
        expected = pair.expected(basis.log_rate)
        price, other_price = vwap(pair.one), vwap(pair.other)
        spread = (price / expected - other_price) / other_price * 100
        alert = self._judge(pair, basis, (expected - 1) * 100, spread, now)
        one, other = pair.one, pair.other
        row = ExchangeSpread(
            spread_id=f"{pair.key}:{one.start}:{one.end - one.start}",
            detected_at=now,
            window_start=one.start,
            window_end=one.end,
            exchange=one.market.exchange,
            symbol=one.market.symbol,
            other_exchange=other.market.exchange,
            other_symbol=other.market.symbol,
            trades=one.trades,
            other_trades=other.trades,
            vwap=price,
            other_vwap=other_price,
            basis_percent=(expected - 1) * 100,
            basis_source=basis.source,
            basis_symbols=basis.symbols,
            spread_percent=spread,
            alert_id=alert.alert_id if alert else None,
        )
        return Finding(alert, row)

    def _judge(self, pair: Pair, basis: Basis, basis_percent: float, spread: float, now: int) -> Alert | None:
        one, other = pair.one, pair.other
        limits = self._settings.symbols.get(one.market.symbol, self._settings.percent)
        severity = limits.severity(spread)
        if not self._episodes.is_news(pair.key, severity, upwards=spread > 0) or severity is None:
            return None
        return self._provenance.alert(
            SpreadDivergenceDetails(
                window_start=one.start,
                window_end=one.end,
                other_exchange=other.market.exchange,
                other_symbol=other.market.symbol,
                vwap=vwap(one),
                other_vwap=vwap(other),
                basis_percent=basis_percent,
                basis_source=basis.source,
                spread_percent=spread,
                threshold_percent=limits.of(severity),
            ),
            module=self.module,
            detector=type(self),
            key=f"{pair.key}:{one.start}",
            exchange=one.market.exchange,
            symbol=one.market.symbol,
            severity=severity,
            event_time=one.end,
            now=now,
            message=(
                f"{one.market.symbol} on {one.market.exchange} is {abs(spread):.2f} % {_above(spread)} "
                f"{other.market.symbol} on {other.market.exchange}"
            ),
            trades=(_trades(one), _trades(other)),
        )


def _once(found: list[Pair]) -> list[Window]:
    windows = {window.market: window for pair in found for window in (pair.one, pair.other)}
    return [windows[market] for market in sorted(windows)]


def _trades(window: Window) -> MarketTrades:
    return window.trades_after(-1)


def _above(size: float) -> str:
    return "above" if size > 0 else "below"
