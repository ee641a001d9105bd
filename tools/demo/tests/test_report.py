"""The report and how it is shown."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from coattail_demo import report
from coattail_demo.evidence import Evidence
from coattail_demo.proof import judge
from coattail_demo.report import Circumstances, Config, Report
from coattail_demo.screen import PlainScreen, open_screen, status_line
from coattail_demo.snapshot import Part, Snapshot
from coattail_demo.summary import print_summary
from coattail_demo.testing import WHALE, raised, sound
from coattail_demo.view import view

KEYS = {
    *("trades_sent", "trades_stored", "missing", "duplicates", "rejected", "alerts", "injected", "detected"),
    *("false_alerts", "latency_ms", "rss_mb", "config", "versions"),
}
"""What the report is promised to have."""

CONFIG = Config(
    source="generated", seconds=60, seed=1, rate=None, scenario=None, speed=None, landing_seconds=30
)  # fmt: skip
RUN = Circumstances(
    first_alert_seconds=70.2, rss_mb={"kinesis-writer": 75.0}, restarts={}, config=CONFIG, versions={"python": "3.13"}
)
SNAPSHOT = Snapshot(
    phase="trades flow",
    seconds=75.0,
    sent=1200,
    rate=998.4,
    stored=1000,
    parts=(
        Part(name="kinesis-writer", pid=17, ready=True, rss_mb=75.0, restarts=1, detail="2 connectors"),
        Part(name="ingest-binance", pid=None, ready=False, rss_mb=0.0, restarts=0, detail="does not answer"),
    ),
    alerts=(raised(WHALE),),
    events=(("trades.gap_detected", 2),),
)


def made(evidence: Evidence) -> Report:
    return report.build(evidence, judge(evidence), RUN)


def shown(thing: Any) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(thing)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_report_has_what_it_promises(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    report.write(made(sound()), path)
    told = json.loads(path.read_bytes())
    assert told.keys() >= KEYS
    assert (told["trades_sent"], told["trades_stored"], told["missing"], told["duplicates"]) == (19, 19, 0, 0)
    assert told["alerts"] == told["injected"] == told["detected"] == {"whale_sweep": 1, "whale_trade": 1}
    assert told["false_alerts"] == {}
    assert told["latency_ms"]["whale_sweep"] == {"p50": 2500.0, "p99": 2500.0}
    assert told["alerts_by_market"] == {"binance:BTC-USDT": {"whale_trade": 1}, "coinbase:BTC-USD": {"whale_sweep": 1}}
    assert told["passed"]


def test_without_a_truth_the_report_claims_none() -> None:
    told = made(sound(injected=None))
    assert told.injected is told.detected is told.false_alerts is None
    assert told.passed


@pytest.mark.parametrize(
    ("evidence", "verdict"),
    [
        (sound(), "PROVED  all 19 trades are in the table, each once; all 2 of 2 injected events were found"),
        (sound(injected=None), "PROVED  all 19 trades are in the table, each once; every alert is on the bus"),
        (sound(rejected=1), "✗ 1 lines of the stream were refused"),
    ],
)
def test_the_verdict_is_clear(evidence: Evidence, verdict: str) -> None:
    console = Console(file=io.StringIO(), width=160)
    print_summary(console, made(evidence))
    assert isinstance(console.file, io.StringIO)
    assert verdict in console.file.getvalue()


def test_the_versions_are_of_what_runs() -> None:
    told = report.versions(
        "openjdk 17", "3.13.0", [Path("org.apache.iceberg_iceberg-spark-runtime-4.0_2.13-1.10.1.jar")]
    )
    assert (told["iceberg"], told["java"], told["python"]) == ("1.10.1", "openjdk 17", "3.13.0")
    assert told["coattail-common"] != "not installed"
    assert report.versions("", "", [])["iceberg"] == "unknown"


def test_the_view_shows_rate_health_and_alerts() -> None:
    text = shown(view(SNAPSHOT))
    for part in (
        "1,200",
        "998",
        "200",
        "kinesis-writer",
        "does not answer",
        "whale_trade",
        "250,000",
        "1.50 s",
        "2 trades",
    ):
        assert part in text


def test_before_the_first_trade_the_view_says_so() -> None:
    bare = Snapshot(
        phase="starting", seconds=1, sent=None, rate=0, stored=0, parts=SNAPSHOT.parts, alerts=(), events=()
    )
    assert "no alert yet" in shown(view(bare))
    assert status_line(bare) == "starting: stored 0, alerts 0; not ready: ingest-binance"


def test_plain_lines_tell_each_alert_once() -> None:
    console = Console(file=io.StringIO(), width=200)
    screen = open_screen(console, plain=False)
    assert isinstance(screen, PlainScreen)
    with screen:
        screen.say("everything is ready")
        screen.show(SNAPSHOT)
        screen.show(SNAPSHOT)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert text.count("whale_trade $250,000 binance:BTC-USDT trade 12, on the bus after 1.50 s") == 1
    assert text.count("sent 1,200 at 998/s, stored 1,000, alerts 1; not ready: ingest-binance") == 1
