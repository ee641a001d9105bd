"""The live view: rate and lag, the health of each process, the latest alerts."""

import math
from typing import Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from coattail_demo.evidence import RaisedAlert
from coattail_demo.latency import percentile
from coattail_demo.snapshot import Snapshot

_ALERTS_SHOWN: Final = 8


def view(snapshot: Snapshot) -> RenderableType:
    """The whole of it."""
    return Group(_figures(snapshot), _parts(snapshot), _alerts(snapshot))


def alert_line(alert: RaisedAlert) -> str:
    """An alert in one line."""
    key = alert.key
    trades = f"trade {key.first_trade_id}"
    if key.last_trade_id != key.first_trade_id:
        trades = f"trades {key.first_trade_id}–{key.last_trade_id}"
    return f"{key.alert_type} ${math.floor(alert.usd):,} {key.exchange}:{key.symbol} {trades}, {latency_text(alert)}"


def latency_text(alert: RaisedAlert) -> str:
    """How long the alert took."""
    return "latency unknown" if alert.latency_ms is None else f"on the bus after {alert.latency_ms / 1000:.2f} s"


def _figures(snapshot: Snapshot) -> Panel:
    grid = Table.grid(expand=True, padding=(0, 2))
    for _ in range(6):
        grid.add_column(justify="center")
    latencies = [alert.latency_ms for alert in snapshot.alerts if alert.latency_ms is not None]
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
    table.add_column("market", no_wrap=True)
    table.add_column("US dollars", justify="right")
    table.add_column("trades", justify="right")
    table.add_column("", ratio=1)
    for alert in reversed(snapshot.alerts[-_ALERTS_SHOWN:]):
        key = alert.key
        table.add_row(
            Text(key.alert_type, style="magenta"),
            f"{key.exchange}:{key.symbol}",
            f"{math.floor(alert.usd):,}",
            f"{key.last_trade_id - key.first_trade_id + 1}",
            Text(latency_text(alert), style="dim"),
        )
    return table
