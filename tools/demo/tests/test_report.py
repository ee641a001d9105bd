"""The report and how it is shown."""

import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from coattail_common.ids import ranges_of
from coattail_demo import report
from coattail_demo.evidence import Evidence, Kept, LandedAlert, RaisedAlert, StoredMarket
from coattail_demo.latency import Latency
from coattail_demo.layout import Layout
from coattail_demo.next_steps import next_steps
from coattail_demo.proof import judge
from coattail_demo.report import Circumstances, Config, Report
from coattail_demo.screen import PlainScreen, open_screen, status_line
from coattail_demo.snapshot import Part, Snapshot
from coattail_demo.summary import print_summary
from coattail_demo.testing import FEATURES, SECOND, START, WHALE, episode, raised, sighted, sound
from coattail_demo.view import alert_line, size_text, view

KEYS = {
    *("trades_sent", "trades_stored", "missing", "duplicates", "rejected", "alerts", "injected", "detected"),
    *("false_alerts", "latency_ms", "rss_mb", "config", "versions"),
}
"""What the report is promised to have."""

CONFIG = Config(
    source="generated",
    seconds=60,
    seed=1,
    rate=None,
    scenario="demo.yaml",
    speed=None,
    landing_seconds=30,
    features_file="demo.yaml",
    features=FEATURES,
)
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
    assert told["latency_ms"]["whale_sweep"] == {"p50": 2500.0, "p99": 2500.0, "max": 2500.0}
    assert told["alerts_by_market"] == {"binance:BTC-USDT": {"whale_trade": 1}, "coinbase:BTC-USD": {"whale_sweep": 1}}
    assert told["passed"]


def test_without_a_truth_the_report_claims_none() -> None:
    told = made(sound(injected=None))
    assert told.injected is told.detected is told.false_alerts is None
    assert told.passed


def with_windows(*false: RaisedAlert) -> Evidence:
    """A spike that was found, one that the end cut short, and these alerts besides."""
    seen = (sighted("volume_spike", "binance:BTC-USDT", 40, 25.3), *false)
    times = [msgspec.structs.replace(one, first_time=START, last_time=START + 60 * SECOND) for one in sound().sent]
    return sound(
        sent=tuple(times),
        raised=(*sound().raised, *seen),
        landed=(*sound().landed, *(LandedAlert(one.alert_id, one.key) for one in seen)),
        episodes=(
            episode("volume_spike", "binance:BTC-USDT", 40, 12, 30.0),
            episode("volume_spike", "coinbase:BTC-USD", 55, 5, 30.0),
        ),
        features=FEATURES,
    )


def test_the_report_tells_windows_apart_from_trades() -> None:
    told = made(with_windows(sighted("quote_depeg", "USDT-USD", 10, 0.7, latency_ms=4000.0)))
    assert told.passed
    assert told.injected == told.detected == {"volume_spike": 1, "whale_sweep": 1, "whale_trade": 1}
    assert told.false_alerts == {"quote_depeg": 1}
    assert told.out_of_reach == {"volume_spike": 1}
    assert told.alerts_by_market["USDT-USD"] == {"quote_depeg": 1}
    assert told.latency_ms["quote_depeg"] == Latency(4000.0, 4000.0, 4000.0)
    assert told.largest_usd.keys() == {"whale_sweep", "whale_trade"}
    assert told.config.features.volume_anomaly.window_seconds == 5


@pytest.mark.parametrize(
    ("evidence", "verdict"),
    [
        (sound(), "PROVED  all 19 trades are in the table, each once; all 2 of 2 injected events were found"),
        (with_windows(), "all 3 of 3 injected events were found, none was invented"),
        (
            with_windows(sighted("volume_spike", "coinbase:BTC-USD", 20, 13.0)),
            "all 3 of 3 injected events were found, no whale or sweep was invented; false alerts about windows: 1",
        ),
        (
            with_windows(),
            "not asked for, as no window could show it (too early, or cut short by the end): 1 volume_spike",
        ),
        (with_windows(), "demo.yaml: volume: 5 s against 6 to 60 before, |z| > 2.5 / 3.5; spreads: 5 s, > 0.5 / 1 %"),
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
        "openjdk 17", "3.13.0", [Path("org.apache.iceberg_iceberg-spark-runtime-4.1_2.13-1.11.0.jar")]
    )
    assert (told["iceberg"], told["java"], told["python"]) == ("1.11.0", "openjdk 17", "3.13.0")
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
    ):
        assert part in text


@pytest.mark.parametrize(
    ("alert", "line"),
    [
        (
            sighted("volume_spike", "binance:ETH-USDT", 40, 25.31),
            "volume_spike +25.3 σ binance:ETH-USDT in the 5 s to 14:14:05, on the bus after 0.80 s past the watermark",
        ),
        (
            sighted("spread_divergence", "binance:ETH-USDT", 40, -1.5, "coinbase:ETH-USD"),
            "spread_divergence -1.50 % binance:ETH-USDT against coinbase:ETH-USD in the 5 s to 14:14:05, "
            "on the bus after 0.80 s past the watermark",
        ),
        (
            sighted("quote_depeg", "USDT-USD", 40, 0.7),
            "quote_depeg +0.70 % USDT-USD in the 5 s to 14:14:05, on the bus after 0.80 s past the watermark",
        ),
    ],
)
def test_an_alert_about_a_window_is_legible(alert: RaisedAlert, line: str) -> None:
    assert alert_line(alert) == line
    shown_live = shown(view(msgspec.structs.replace(SNAPSHOT, alerts=(alert,))))
    assert all(part in shown_live for part in (alert.key.alert_type, size_text(alert), "14:14:05"))


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


LATE = {
    "stored": (StoredMarket("binance", "BTC-USDT", 8, ranges_of(range(10, 18))), sound().stored[1]),
    "in_stream": {("binance", "BTC-USDT"): ranges_of(range(10, 20))},
}


@pytest.mark.parametrize(
    ("evidence", "kept", "words"),
    [
        (sound(), None, ["./task replay -- FILE", "./task demo -- --keep"]),
        (sound(), "http://h:1", ["stay up at http://h:1", "./task demo -- --fresh", "./task cloud:down"]),
        (sound(**LATE), None, ["Spark is behind", "--patience"]),
        (sound(**LATE), "http://h:1", ["Spark is behind", "let it land what is left"]),
        (sound(stored=sound().stored[1:]), None, ["/state/logs", "docs/runbooks/README.md"]),
        (sound(rejected=1), None, ["/state/logs"]),
    ],
)
def test_the_end_says_what_to_do_next(evidence: Evidence, kept: str | None, words: list[str]) -> None:
    told = "\n".join(next_steps(made(evidence), Layout(Path("/repo"), Path("/state")), kept))
    assert [word for word in words if word not in told] == []
    assert ("cloud:down" in told) is (kept is not None)


def test_late_is_not_lost() -> None:
    console = Console(file=io.StringIO(), width=120)
    print_summary(console, made(sound(**LATE)))
    assert isinstance(console.file, io.StringIO)
    told = console.file.getvalue()
    assert "NOT PROVED YET" in told
    assert "2 trades have not landed yet, they are still in Kinesis: 18–19" in told
    assert "missing from the table" not in told


def test_what_was_kept_is_told() -> None:
    before = StoredMarket("binance", "BTC-USDT", 5, ranges_of(range(5, 10)))
    now = StoredMarket("binance", "BTC-USDT", 15, ranges_of(range(5, 20)))
    console = Console(file=io.StringIO(), width=120)
    print_summary(console, made(sound(stored=(now, sound().stored[1]), kept=Kept(stored=(before,)))))
    assert isinstance(console.file, io.StringIO)
    told = console.file.getvalue()
    assert "5 trades that were there before are untouched" in " ".join(told.split())
    assert "all 19 trades are in the table" in told
