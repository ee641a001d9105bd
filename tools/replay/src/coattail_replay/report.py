"""The figures of a replay, for programs and for people."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from coattail_common.contracts import Alert
from coattail_detectors.kernel.features import Features
from coattail_replay.landed import LandedMarket


class SourceReport(msgspec.Struct, frozen=True):
    """A file, and what it was taken for. `skipped` are a recording's messages that are no trades, by kind."""

    path: str
    format: str
    skipped: dict[str, int]


class MarketReport(msgspec.Struct, frozen=True):
    """A market's trades, the times of the first and the last (UTC, µs), and its alerts by type."""

    exchange: str
    symbol: str
    trades: int
    first: int
    last: int
    alerts: dict[str, int]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay came to. `seconds` from its start to its end by phase, and `trades_a_second` over all of it.

    `without_usd` are trades of markets whose quote currency has no rate in US dollars, by that currency: thresholds in dollars passed them
    over. `without_side` are trades of files that do not say what the taker did: the modules `without_side_unseen_by` saw none of them.
    """

    files: tuple[SourceReport, ...]
    rows: int
    trades: int
    duplicates: int
    without_usd: dict[str, int]
    without_side: int
    without_side_unseen_by: tuple[str, ...]
    refused: dict[str, int]
    skipped: dict[str, int]
    markets: tuple[MarketReport, ...]
    alerts: dict[str, int]
    tables: dict[str, int]
    config_hash: str
    detectors: tuple[str, ...]
    seconds: dict[str, float]
    trades_a_second: float


def markets(landed: Sequence[LandedMarket], alerts: Sequence[Alert]) -> tuple[MarketReport, ...]:
    """Each market with the alerts that name it."""
    by_market: dict[tuple[str | None, str], Counter[str]] = {}
    for alert in alerts:
        by_market.setdefault((alert.exchange, alert.symbol), Counter())[alert.alert_type] += 1
    return tuple(
        MarketReport(
            one.exchange,
            one.symbol,
            one.trades,
            one.first,
            one.last,
            dict(sorted(by_market.get((one.exchange, one.symbol), Counter()).items())),
        )
        for one in landed
    )


def without_usd(landed: Sequence[LandedMarket], features: Features) -> dict[str, int]:
    """The trades of markets whose quote currency has no rate in US dollars, by that currency, the most first."""
    found: Counter[str] = Counter()
    for one in landed:
        quote = one.symbol.partition("-")[2]
        if features.usd_rate(quote) is None:
            found[quote] += one.trades
    return dict(found.most_common())


def encode(report: Report) -> bytes:
    """The report as JSON for people too."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def show(console: Console, report: Report, places: Mapping[str, Path]) -> None:
    """Trades by market, refusals by rule, alerts by type, and where everything lies."""
    table = Table(title="Trades", title_justify="left", header_style="dim")
    for column in ("market", "trades", "alerts"):
        table.add_column(column, justify="left" if column == "market" else "right")
    for market in report.markets:
        table.add_row(f"{market.exchange}:{market.symbol}", f"{market.trades:,}", f"{sum(market.alerts.values()):,}")
    table.add_section()
    table.add_row("all", f"{report.trades:,}", f"{sum(report.alerts.values()):,}", style="bold")
    console.print(table)
    _counts(console, "Alerts", "type", report.alerts)
    _counts(console, "Rows refused", "rule", report.refused)
    _counts(console, "Messages skipped", "kind", report.skipped)
    if report.duplicates:
        console.print(f"{report.duplicates:,} rows were trades that had been there before")
    if report.without_usd:
        told = ", ".join(f"{count:,} in {quote}" for quote, count in report.without_usd.items())
        console.print(
            f"{sum(report.without_usd.values()):,} trades were passed over by thresholds in US dollars ({told}): "
            "usd_rates of the features file has no rate",
            soft_wrap=True,
        )
    if report.without_side:
        unseen = " and ".join(report.without_side_unseen_by)
        told = f": {unseen} left them out" if unseen else ""
        console.print(
            f"{report.without_side:,} trades have no side{told} (--columns side=… names the column of a side)"
        )
    phases = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in report.seconds.items())
    console.print(f"{report.trades:,} trades, {report.trades_a_second:,.0f} a second ({phases})", style="bold")
    for name, path in places.items():
        console.print(f"{name}: {path}", style="dim", soft_wrap=True)


def _counts(console: Console, title: str, what: str, counts: Mapping[str, int]) -> None:
    if not counts:
        return
    table = Table(title=title, title_justify="left", header_style="dim")
    table.add_column(what)
    table.add_column("count", justify="right")
    for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        table.add_row(name, f"{count:,}")
    console.print(table)
