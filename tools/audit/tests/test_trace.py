"""From an alert back to its trades, over tables that Iceberg wrote."""

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pyarrow as pa
import pytest
from pyiceberg.catalog.glue import GlueCatalog

from coattail_audit import trace
from coattail_common.contracts import Lineage, MarketTrades
from coattail_common.lake import iceberg_partitions, iceberg_schema
from coattail_common.tables import ANOMALY_ALERTS

type Row = tuple[str, str, int, str, int]
type Lands = Callable[[Sequence[Row]], None]

WHALE, SPREAD = "MOD-002:whale_sweep:binance:BTC-USDT:7", "MOD-003:spread_divergence:binance:BTC-USDT:it's"
DAY = datetime(2026, 1, 2, tzinfo=UTC)


def micros(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


@pytest.fixture
def alerts(glue: GlueCatalog) -> None:
    """A sweep of two trades, and a spread of two markets on the second of January."""
    schema = iceberg_schema(ANOMALY_ALERTS.rows)
    partitions = iceberg_partitions(schema, ANOMALY_ALERTS.partitioned_by)
    table = glue.create_table("coattail.anomaly_alerts", schema, partition_spec=partitions)
    window = {"window_start": micros(DAY), "window_end": micros(DAY + timedelta(days=1)), "vwap": 1.0}
    both = (
        MarketTrades(exchange="binance", symbol="BTC-USDT", first_trade_id=6, last_trade_id=9, trade_count=2),
        MarketTrades(exchange="coinbase", symbol="ETH-USD", first_trade_id=1, last_trade_id=1, trade_count=1),
    )
    rows = [alert(WHALE, {"side": "buy"}, 7, 8, 2), alert(SPREAD, window, 6, 9, 2, both)]
    table.append(pa.Table.from_pylist(rows, table.schema().as_arrow()))


def alert(
    alert_id: str,
    details: dict[str, object],
    first: int,
    last: int,
    trades: int,
    markets: tuple[MarketTrades, ...] | msgspec.UnsetType = msgspec.UNSET,
) -> dict[str, object]:
    module_id, alert_type = alert_id.split(":")[:2]
    lineage = Lineage(
        correlation_id=alert_id,
        module_id=module_id,
        detector="Detector",
        config_hash="c0ffee",
        pipeline_version="0.3.0",
        processed_at=1,
        first_trade_id=first,
        last_trade_id=last,
        trade_count=trades,
        markets=markets,
    )
    return {
        "alert_id": alert_id,
        "alert_type": alert_type,
        "module_id": module_id,
        "symbol": "BTC-USDT",
        "severity": "high",
        "detected_at": DAY,
        "event_time": DAY,
        "message": "BTC-USDT on binance: [seen]",
        "details": json.dumps(details),
        "lineage": msgspec.json.encode(lineage).decode(),
        "exchange": "binance",
        "schema_version": 1,
    }


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["coattail trace", *words])
    with pytest.raises(SystemExit) as ended:
        trace.main()
    code: int = ended.value.code  # type: ignore[assignment]
    return code


@pytest.mark.usefixtures("alerts")
def test_trace_shows_the_trades_of_a_sweep(
    lands: Lands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lands([("binance", "BTC-USDT", number, "stream", 2) for number in range(5, 11)])

    assert run(monkeypatch, WHALE, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["counted"], [one["trade_id"] for one in said["trades"]]) == (2, [7, 8])
    assert (said["alert"]["alert_id"], said["trades"][0]["price"]) == (WHALE, "1.000000000000000000")


@pytest.mark.usefixtures("alerts")
def test_trace_shows_those_of_the_window_alone_in_every_market(
    lands: Lands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ids 6 to 9 lie around the window; 6 and 9 are of other days."""
    lands([("binance", "BTC-USDT", number, "stream", day) for number, day in ((6, 1), (7, 2), (8, 2), (9, 3))])
    lands([("coinbase", "ETH-USD", 1, "stream", 2), ("coinbase", "BTC-USDT", 7, "stream", 2)])

    assert run(monkeypatch, SPREAD, "--json") == 0
    found = [(one["exchange"], one["trade_id"]) for one in json.loads(capsys.readouterr().out)["trades"]]
    assert found == [("binance", 7), ("binance", 8), ("coinbase", 1)]


@pytest.mark.usefixtures("alerts")
def test_trace_says_when_trades_are_missing(
    lands: Lands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lands([("binance", "BTC-USDT", 7, "stream", 2)])

    assert run(monkeypatch, WHALE) == 1
    said = capsys.readouterr()
    assert "the lineage counts 2 trades, and raw_trades holds 1 of them" in said.err
    assert "BTC-USDT on binance: [seen]" in said.out


@pytest.mark.usefixtures("alerts", "table")
def test_trace_of_an_unknown_alert_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "MOD-002:nothing") == 2
    assert "anomaly_alerts has no alert 'MOD-002:nothing'" in capsys.readouterr().err
