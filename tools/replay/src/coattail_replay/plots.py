"""A picture of each market: its price, its volume, and the alerts where they were raised."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure

from coattail_common.contracts import Alert, Severity
from coattail_replay.prices import PriceBars

_COLOURS: Final = {
    Severity.LOW: "#9aa0a6",
    Severity.MEDIUM: "#f0a500",
    Severity.HIGH: "#e2571e",
    Severity.CRITICAL: "#a4001d",
}
_MARKERS: Final = ("^", "o", "s", "D", "v", "P", "X", "*")


def draw(bars: PriceBars, alerts: Sequence[Alert], folder: Path) -> Path:
    """Draw a market into `folder`; `alerts` are those of all markets."""
    path = folder / f"{bars.exchange}-{bars.symbol}.png".replace("/", "_")
    with mpl.rc_context({"axes.grid": True, "grid.alpha": 0.25, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(12, 6))
        figure.subplots_adjust(left=0.08, right=0.98, top=0.94, bottom=0.09, hspace=0.06)
        FigureCanvasAgg(figure)
        price, volume = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        times = date2num([_moment(start) for start in bars.starts])
        price.fill_between(times, bars.lows, bars.highs, color="#4477aa", alpha=0.25, linewidth=0)
        price.plot(times, bars.averages, color="#224466", linewidth=1)
        price.set_ylabel(f"price, {bars.symbol.partition('-')[2]}")
        # As one collection: a rectangle an artist of its own takes ten times as long to draw.
        volume.add_collection(PolyCollection(_columns(times, bars), facecolors="#88aacc"))
        volume.autoscale_view()
        volume.set_ylabel(f"{bars.symbol.partition('-')[0]} in {bars.seconds:,} s")
        shown = _mark(price, [one for one in alerts if is_of(one, bars)], bars)
        price.set_title(f"{bars.exchange}  {bars.symbol}    {shown:,} alerts", loc="left")
        locator = AutoDateLocator()
        volume.xaxis.set_major_locator(locator)
        volume.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=UTC))
        # Fast rather than small: compressing as usual takes a third of the time of a picture.
        figure.savefig(path, dpi=100, pil_kwargs={"compress_level": 1})
    return path


def _columns(times: Sequence[float], bars: PriceBars) -> list[list[tuple[float, float]]]:
    """The corners of each bar's column of volume, as wide as the bar is long."""
    width = bars.seconds / 86_400
    return [
        [(start, 0), (start, volume), (start + width, volume), (start + width, 0)]
        for start, volume in zip(times, bars.volumes, strict=True)
    ]


def is_of(alert: Alert, bars: PriceBars) -> bool:
    """Whether an alert is about a market: raised for it, or resting on its trades."""
    if (alert.exchange, alert.symbol) == (bars.exchange, bars.symbol):
        return True
    markets = alert.lineage.markets
    return isinstance(markets, tuple) and any(
        (one.exchange, one.symbol) == (bars.exchange, bars.symbol) for one in markets
    )


def _mark(price: Any, alerts: Sequence[Alert], bars: PriceBars) -> int:
    """A marker for each alert, its shape by type and its colour by severity, at the price of its time."""
    types = sorted({one.alert_type for one in alerts})
    for number, kind in enumerate(types):
        these = [one for one in alerts if one.alert_type == kind]
        price.scatter(
            date2num([_moment(one.event_time) for one in these]),
            [_price_at(one.event_time, bars) for one in these],
            marker=_MARKERS[number % len(_MARKERS)],
            c=[_COLOURS[one.severity] for one in these],
            s=36,
            linewidths=0.5,
            edgecolors="white",
            label=f"{kind} ({len(these):,})",
            zorder=3,
        )
    if types:
        price.legend(loc="best", frameon=False, fontsize="small")
    return len(alerts)


def _price_at(moment: int, bars: PriceBars) -> float:
    return bars.averages[max(bisect_right(bars.starts, moment) - 1, 0)]


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1e6, tz=UTC)
