"""The live view: rate and lag, the health of each process, the latest alerts."""

import math
from typing import Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from coattail_demo.evidence import RaisedAlert, clock_time
from coattail_demo.latency import percentile
from coattail_demo.snapshot import Snapshot

_ALERTS_SHOWN: Final = 8


def view(snapshot: Snapshot) -> RenderableType:
    """The whole of it."""
    return Group(_figures(snapshot), _parts(snapshot), _alerts(snapshot))


def alert_line(alert: RaisedAlert) -> str:
    """An alert in one line."""
    return f"{alert.key.alert_type} {size_text(alert)} {markets_text(alert)} {place_text(alert)}, {latency_text(alert)}"


def size_text(alert: RaisedAlert) -> str:
    """How large it is: dollars, standard deviations, or percent."""
    seen = alert.sighting
    if seen is None:
        return f"${math.floor(alert.usd):,}"
    return f"{seen.size:+.1f} σ" if seen.unit == "σ" else f"{seen.size:+.2f} %"


def markets_text(alert: RaisedAlert, between: str = " against ") -> str:
    """Where: a market, two, or a pair of quotes."""
    seen = alert.sighting
    return f"{alert.key.market}{between}{seen.other}" if seen is not None and seen.other else alert.key.market


def place_text(alert: RaisedAlert) -> str:
    """Its trades, or its window."""
    key, seen = alert.key, alert.sighting
    if seen is not None:
        return f"in the {(seen.window_end - seen.window_start) / 1e6:g} s to {clock_time(seen.window_end)}"
    if key.last_trade_id != key.first_trade_id:
        return f"trades {key.first_trade_id}–{key.last_trade_id}"
    return f"trade {key.first_trade_id}"


def latency_text(alert: RaisedAlert) -> str:
    """How long the alert took."""
    if alert.latency_ms is None:
        return "latency unknown"
    since = "" if alert.sighting is None else " past the watermark"
    return f"on the bus after {alert.latency_ms / 1000:.2f} s{since}"


def short_latency(alert: RaisedAlert) -> str:
    """The same in few words."""
    if alert.latency_ms is None:
        return "—"
    return f"{'' if alert.sighting is None else 'watermark + '}{alert.latency_ms / 1000:.2f} s"


def _figures(snapshot: Snapshot) -> Panel:
    grid = Table.grid(expand=True, padding=(0, 2))
    for _ in range(6):
        grid.add_column(justify="center")
    # Those about windows wait for their window to close, and would hide how fast the others are.
    about_trades = [alert for alert in snapshot.alerts if alert.sighting is None]
    latencies = [alert.latency_ms for alert in about_trades if alert.latency_ms is not None]
    events = ", ".join(f"{count} {name}" for name, count in snapshot.events)
    figures = {
        "trades sent": "—" if snapshot.sent is None else f"{snapshot.sent:,}",
        "trades/s": f"{snapshot.rate:,.0f}",
        "in the table": f"{snapshot.stored:,}",
        "on the way": f"{snapshot.waiting:,}",
        "alerts": f"{len(snapshot.alerts):,}",
        "alert latency p50": f"{percentile(latencies, 0.5) / 1000:.2f} s" if latencies else "—",
    }
    grid.add_row(*(Text(value, style="bold") for value in figures.values()))
    grid.add_row(*(Text(name, style="dim") for name in figures))
    title = f"Coat Tail · {snapshot.phase} · {snapshot.seconds:.0f} s"
    return Panel(grid, title=title, title_align="left", subtitle=events or None, border_style="cyan")


def _parts(snapshot: Snapshot) -> Table:
    table = Table(expand=True, box=None, header_style="dim", pad_edge=False)
    table.add_column("process", no_wrap=True)
    table.add_column("health", no_wrap=True)
    table.add_column("pid", justify="right")
    table.add_column("MB", justify="right")
    table.add_column("restarts", justify="right")
    table.add_column("", ratio=1, no_wrap=True, overflow="ellipsis")
    for part in snapshot.parts:
        health = Text("● ready", style="green") if part.ready else Text("○ not ready", style="yellow")
        restarts = Text(str(part.restarts), style="yellow") if part.restarts else Text("")
        table.add_row(
            part.name, health, str(part.pid or "—"), f"{part.rss_mb:,.0f}", restarts, Text(part.detail, style="dim")
        )
    return table


def _alerts(snapshot: Snapshot) -> RenderableType:
    if not snapshot.alerts:
        return Text("no alert yet", style="dim")
    table = Table(expand=True, box=None, header_style="dim", pad_edge=False)
    table.add_column("alert", no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("market")
    table.add_column("trades or window", justify="right", no_wrap=True)
    table.add_column("on the bus after", ratio=1, no_wrap=True)
    for alert in reversed(snapshot.alerts[-_ALERTS_SHOWN:]):
        key = alert.key
        trades = f"{key.last_trade_id - key.first_trade_id + 1:,}"
        table.add_row(
            Text(key.alert_type, style="magenta" if alert.sighting is None else "cyan"),
            size_text(alert),
            markets_text(alert, " / "),
            trades if alert.sighting is None else place_text(alert).removeprefix("in the "),
            Text(short_latency(alert), style="dim"),
        )
    return table
