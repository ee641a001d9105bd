"""MOD-003 spread-calculator: the same asset at two prices, and quote currencies that have come apart."""

import math
from collections.abc import Mapping
from itertools import groupby
from typing import ClassVar

import msgspec

from coattail_common.contracts import (
    Alert,
    BasisSource,
    ExchangeSpread,
    MarketTrades,
    QuoteDepegDetails,
    Severity,
    SpreadDivergenceDetails,
)
from coattail_common.tables import EXCHANGE_SPREADS
from stream_detectors.detectors.base import BaseDetector, Finding
from stream_detectors.detectors.basis import PARITY, Bases, Basis, Quotes, Ratio
from stream_detectors.detectors.episodes import Episode, Episodes
from stream_detectors.detectors.limits import Limits
from stream_detectors.detectors.module import Module, ModuleSettings
from stream_detectors.detectors.pairs import Pair, compared, pairs, vwap
from stream_detectors.detectors.provenance import Provenance
from stream_detectors.detectors.windows import OpenMarket, Window, Windows
from stream_detectors.features import Features
from stream_detectors.news import News


class SpreadSettings(ModuleSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """MOD-003. `percent` are the thresholds of a spread, `symbols` those of single symbols, `depeg_percent` those of a basis.

    A basis is a median over at least `least_symbols` assets, each by its newest ratio of the last `basis_windows` windows. An
    exchange is waited for by those it shares an asset with, straight or by way of others, unless it lies `patience_seconds` behind.
    """

    window_seconds: int = 30
    percent: Limits = Limits(medium=0.5, high=1.0)
    symbols: dict[str, Limits] = msgspec.field(default_factory=dict)
    depeg_percent: Limits = Limits(medium=0.5, high=1.0)
    basis_windows: int = 10
    least_symbols: int = 3
    patience_seconds: float = 300.0

    def __post_init__(self) -> None:
        if self.window_seconds < 1 or self.least_symbols < 1 or self.basis_windows < 1:
            message = (
                f"window_seconds, least_symbols and basis_windows must be 1 or more, not {self.window_seconds}, "
                f"{self.least_symbols}, {self.basis_windows}"
            )
            raise ValueError(message)
        if not 0 <= self.patience_seconds < math.inf:
            raise ValueError(f"patience_seconds is {self.patience_seconds:g}, and must be a number from 0 on")


class Held(msgspec.Struct, frozen=True):
    """The detector's state. `missed`: see `BaseDetector.missed`."""

    windows: tuple[OpenMarket, ...]
    ratios: tuple[Ratio, ...]
    episodes: tuple[Episode, ...]
    missed: dict[str, int] = {}


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What the state depends on: the windows' length, and which quotes a rate is between."""

    window_seconds: int
    quote_groups: dict[str, tuple[str, ...]]


class SpreadDetector(BaseDetector):
    """Each window once it has closed at every exchange: first the bases of the quotes, then what is left of each difference."""

    module: ClassVar = Module(
        module_id="MOD-003",
        name="spread-calculator",
        tier="small",
        description="The same asset at two prices at two exchanges, the quote basis removed; and the basis itself",
        data_sources=("raw_trades",),
        dependencies=(),
        processing="30 s tumbling VWAP per market; (a − b) / b × 100 for every pair of exchanges after the quote basis",
        table=EXCHANGE_SPREADS,
        alert_types=dict.fromkeys(("spread_divergence", "quote_depeg"), (Severity.MEDIUM, Severity.HIGH)),
        cost=0.0,
        settings=SpreadSettings,
    )

    def __init__(self, features: Features, provenance: Provenance) -> None:
        self._settings = features.of(SpreadSettings)
        self._groups = features.quote_groups
        self._provenance = provenance
        self.window = self._settings.window_seconds * 1_000_000
        self._windows = Windows(self.window, forget_after=self._settings.basis_windows)
        self._bases = Bases(self.window * self._settings.basis_windows, self._settings.least_symbols)
        self._episodes = Episodes()

    @property
    def late(self) -> int:
        """See `BaseDetector.late`."""
        return self._windows.late

    def inspect(self, news: News, now: int) -> list[Finding]:
        """See `BaseDetector.inspect`."""
        self._windows.add(news.bars)
        if not news.watermarks:
            return []
        newest = max(news.watermarks.values())
        waited_for = {
            exchange: mark
            for exchange, mark in news.watermarks.items()
            if newest - mark < self._settings.patience_seconds * 1e6
        }
        marks = {
            exchange: min(waited_for.get(other, newest) for other in others)
            for exchange, others in compared(self._windows.markets, news.watermarks).items()
        }
        closed = self._windows.close(marks)
        return [
            finding
            for start, windows in groupby(closed, key=lambda window: window.start)
            for finding in self._look(list(windows), start, now)
        ]

    def state(self) -> bytes:
        """See `BaseDetector.state`."""
        return msgspec.json.encode(
            Held(self._windows.state(), self._bases.state(), self._episodes.state(), self._windows.missed())
        )

    def restore(self, state: bytes) -> None:
        """See `BaseDetector.restore`."""
        held = msgspec.json.decode(state, type=Held)
        self._windows.restore(held.windows, held.missed)
        self._bases.restore(held.ratios)
        self._episodes.restore(held.episodes)

    def depends_on(self) -> bytes:
        """See `BaseDetector.depends_on`."""
        return msgspec.json.encode(
            Meaning(window_seconds=self._settings.window_seconds, quote_groups=self._groups), order="deterministic"
        )

    def missed(self, until: Mapping[str, int]) -> None:
        """See `BaseDetector.missed`."""
        self._windows.miss(until)

    def _look(self, windows: list[Window], start: int, now: int) -> list[Finding]:
        found = list(pairs(windows, self._groups))
        self._bases.note((pair.ratio for pair in found if pair.ratio), start)
        # Once for all pairs of two quotes: estimating looks at every asset.
        bases = {quotes: self._bases.of(quotes) for quotes in {pair.quotes for pair in found} if quotes}
        depegs = [
            alert
            for quotes, basis in sorted(bases.items())
            if (alert := self._depeg(quotes, basis, [pair for pair in found if pair.quotes == quotes], now))
        ]
        spreads = [self._spread(pair, bases[pair.quotes] if pair.quotes else PARITY, now) for pair in found]
        return [*(Finding(alert, None) for alert in depegs), *spreads]

    def _depeg(self, quotes: Quotes, basis: Basis, found: list[Pair], now: int) -> Alert | None:
        key = f"{quotes.base}-{quotes.quote}"
        severity = self._settings.depeg_percent.severity(basis.percent)
        if basis.source is not BasisSource.ESTIMATED:
            return None  # neither news of a depeg nor of its end
        if not self._episodes.is_news(key, severity, upwards=basis.percent > 0) or severity is None:
            return None
        window = found[0].one
        return self._provenance.alert(
            QuoteDepegDetails(
                window_start=window.start,
                window_end=window.end,
                basis_percent=basis.percent,
                symbols=basis.symbols,
                threshold_percent=self._settings.depeg_percent.of(severity),
            ),
            module=self.module,
            detector=type(self),
            key=f"{key}:{window.start}",
            exchange=None,
            symbol=key,
            severity=severity,
            event_time=window.end,
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
