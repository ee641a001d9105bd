"""`coattail trace ALERT_ID`: from an alert back to its trades.

Exit codes: 0 the table holds every trade of the lineage; 1 it does not; 2 there is no such alert, or an option cannot be used;
130 interrupted.
"""

import sys
from typing import Any, Final

import msgspec
import pyarrow as pa
from pyiceberg.expressions import And, BooleanExpression, EqualTo, GreaterThanOrEqual, LessThan, LessThanOrEqual
from rich.console import Console
from rich.table import Table as Grid

from coattail_audit.errors import AuditError, refusing
from coattail_audit.options import TraceOptions
from coattail_audit.table import opened
from coattail_common.contracts import Lineage, MarketTrades
from coattail_common.tables import ANOMALY_ALERTS, RAW_TRADES
from coattail_harness.ending import ending
from coattail_runtime.settings import read

_SHOWN: Final = ("exchange", "symbol", "trade_id", "timestamp", "side", "price", "quantity", "quote_volume")


class Window(msgspec.Struct, frozen=True):
    """What the details of an alert about a window have: its start and its end (UTC, µs), the end exclusive."""

    window_start: int | None = None
    window_end: int | None = None


class Trace(msgspec.Struct, frozen=True):
    """An alert as it stands in the table, how many trades its lineage counts, and those that are there, by market and id."""

    alert: dict[str, Any]
    counted: int
    trades: list[dict[str, Any]]

    @property
    def is_whole(self) -> bool:
        """Whether the table holds as many as the lineage counts."""
        return len(self.trades) == self.counted


def trace(options: TraceOptions) -> Trace:
    """Find the alert and its trades. Raises `AuditError`."""
    alert = _alert(options)
    lineage = msgspec.json.decode(alert["lineage"], type=Lineage)
    window = msgspec.json.decode(alert["details"], type=Window)
    markets = lineage.markets or (
        MarketTrades(
            exchange=alert["exchange"],
            symbol=alert["symbol"],
            first_trade_id=lineage.first_trade_id,
            last_trade_id=lineage.last_trade_id,
            trade_count=lineage.trade_count,
        ),
    )
    trades = opened(options, RAW_TRADES.name)
    found: list[dict[str, Any]] = []
    for one in markets:
        with refusing("raw_trades"):
            scan = trades.scan(row_filter=_behind(one, window), selected_fields=_SHOWN)
            rows: pa.Table = scan.to_arrow().sort_by("trade_id")
        found += rows.to_pylist()
    return Trace(alert, sum(one.trade_count for one in markets), found)


def main() -> None:
    """Run the command, and end the process with its exit code."""
    options = read(TraceOptions)
    with ending("trace", AuditError):
        found = trace(options)
    if options.json_:
        sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
    else:
        _show(found, options.limit)
    if not found.is_whole:
        sys.stderr.write(
            f"trace: the lineage counts {found.counted:,} trades, and raw_trades holds {len(found.trades):,} of them; "
            "they land up to a minute after the alert, else `coattail audit` says what is missing\n"
        )
    sys.exit(0 if found.is_whole else 1)


def _alert(options: TraceOptions) -> dict[str, Any]:
    with refusing("anomaly_alerts"):
        rows = (
            opened(options, ANOMALY_ALERTS.name)
            .scan(row_filter=EqualTo(term="alert_id", value=options.alert_id))
            .to_arrow()
        )
    if not rows.num_rows:
        raise AuditError(
            f"anomaly_alerts has no alert {options.alert_id!r}; its id is `alert_id` of the event on the bus or of the row"
        )
    found: dict[str, Any] = rows.to_pylist()[0]
    return found


def _behind(one: MarketTrades, window: Window) -> BooleanExpression:
    """The trades of a market that an alert rests on: those of its ids that lie in the window, if it is about one."""
    wanted = And(
        EqualTo(term="exchange", value=one.exchange),
        EqualTo(term="symbol", value=one.symbol),
        GreaterThanOrEqual(term="trade_id", value=one.first_trade_id),
        LessThanOrEqual(term="trade_id", value=one.last_trade_id),
    )
    if window.window_start is None or window.window_end is None:
        return wanted
    return And(
        wanted,
        GreaterThanOrEqual(term="timestamp", value=window.window_start),
        LessThan(term="timestamp", value=window.window_end),
    )


def _show(found: Trace, limit: int) -> None:
    console = Console(highlight=False)
    alert = found.alert
    console.print(f"{alert['alert_type']} {alert['severity']}, {alert['event_time']}: {alert['message']}", markup=False)
    grid = Grid(header_style="dim")
    for name in _SHOWN:
        grid.add_column(name, justify="right" if name in ("trade_id", "price", "quantity", "quote_volume") else "left")
    for row in found.trades[:limit]:
        grid.add_row(*(_text(row[name]) for name in _SHOWN))
    console.print(grid)
    if len(found.trades) > limit:
        console.print(f"and {len(found.trades) - limit:,} more; --limit shows them, --json has all")


def _text(value: object) -> str:
    text = str(value)
    return text.rstrip("0").rstrip(".") if "." in text and text.replace(".", "").isdigit() else text


if __name__ == "__main__":
    main()
