"""The command, as people run it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from coattail_common.contracts import Alert
from coattail_replay.report import Report

type Write = Callable[..., Path]

_HEADER = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount"
_MOMENT = 1_767_225_600_000_000
_PLACES = ("warehouse", "alerts", "tables", "plots", "report")


def _row(exchange: str, symbol: str, number: int, amount: str = "0.01") -> str:
    moment = _MOMENT + number * 1_000_000
    return f"{exchange},{symbol},{moment},{moment + 5000},{1000 + number},buy,90000.5,{amount}"


def _command(out: Path, *arguments: str | Path, engine: str = "arrow") -> list[str]:
    places = [part for name in _PLACES for part in (f"--{name}", str(out / name))]
    told = ["--plain", "--engine", engine, "--memory", "1g"]
    return [sys.executable, "-m", "coattail_replay", *told, *places, *map(str, arguments)]


def _run(out: Path, *arguments: str | Path, engine: str = "arrow") -> subprocess.CompletedProcess[str]:
    return subprocess.run(_command(out, *arguments, engine=engine), capture_output=True, text=True, check=False)


@pytest.fixture(params=["arrow", pytest.param("spark", marks=pytest.mark.spark)])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _report(out: Path) -> Report:
    return msgspec.json.decode((out / "report").read_bytes(), type=Report)


@pytest.fixture
def files(written: Write) -> list[Path]:
    """A market on each of two exchanges for 20 minutes: a whale, a sweep, a minute of many times the volume, rows that are bad."""
    binance = [_row("binance", "BTCUSDT", number, "0.01" if number < 900 else "0.9") for number in range(960)]
    binance[500] = _row("binance", "BTCUSDT", 500, "6")
    binance[700:700] = [
        "binance,BTCUSDT,no time,,9,buy,1,1",
        "binance,BTCUSDT,1,2,3",
        _row("binance", "BTCUSDT", 3, "-1"),
    ]
    moment = _MOMENT + 2_000_000_000
    binance += [f"binance,BTCUSDT,{moment},{moment},{2000 + fill},sell,90000.5,0.5" for fill in range(3)]
    coinbase = [_row("coinbase", "BTC-USD", number) for number in range(1000)]
    # Small and large amounts as Python and Tardis print them.
    coinbase += [
        f"coinbase,ADA-USD,{_MOMENT + power},{_MOMENT + power},{100 + power},buy,{'1' if power < 5 else '0.01'},1e{power:+d}"
        for power in range(-18, 7)
    ]
    return [
        written("binance.csv.gz", [_HEADER, *binance, *binance[:10]]),
        written("coinbase.csv", [_HEADER, *coinbase]),
    ]


def test_files_of_two_exchanges_become_trades_alerts_tables_and_pictures_the_same_each_time(
    files: list[Path], engine_name: str, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"

    done = _run(first, *files, engine=engine_name)

    assert done.returncode == 0, done.stderr
    report = _report(first)
    assert [(one.exchange, one.symbol, one.trades) for one in report.markets] == [
        ("binance", "BTC-USDT", 963),
        ("coinbase", "ADA-USD", 25),
        ("coinbase", "BTC-USD", 1000),
    ]
    landed = [
        pq.read_table(path, partitioning=None) for path in (first / "warehouse").rglob("raw_trades/data/**/*.parquet")
    ]
    ada = {row["trade_id"]: row["quantity"] for table in landed for row in table.to_pylist() if row["base"] == "ADA"}
    assert ada == {100 + power: Decimal(10) ** power for power in range(-18, 7)}
    assert report.refused == {"invalid.quantity": 1, "invalid.timestamp": 1, "malformed.columns": 1}
    assert (report.trades, report.duplicates, report.rows) == (1988, 10, 2001)
    alerts = [msgspec.json.decode(line, type=Alert) for line in (first / "alerts").read_bytes().splitlines()]
    assert {"whale_trade", "whale_sweep", "volume_spike"} <= set(report.alerts)
    assert report.alerts["whale_trade"] == report.alerts["whale_sweep"] == 1
    assert sum(report.alerts.values()) == len(alerts)
    sweep = next(one for one in alerts if one.alert_type == "whale_sweep")
    assert (sweep.lineage.first_trade_id, sweep.lineage.last_trade_id) == (2000, 2002)
    _assert_detected_when_the_stream_would_have_known(alerts)
    stored = sorted((first / "warehouse" / "coattail" / "anomaly_alerts" / "data").rglob("*.parquet"))
    ids = [row for path in stored for row in pq.read_table(path, partitioning=None)["alert_id"].to_pylist()]
    assert sorted(ids) == sorted(one.alert_id for one in alerts)
    assert {path.name for path in (first / "plots").glob("*.png")} == {
        "binance-BTC-USDT.png",
        "coinbase-ADA-USD.png",
        "coinbase-BTC-USD.png",
    }
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in (first / "plots").glob("*.png"))
    assert {
        name: pq.read_metadata(first / "tables" / f"{name}.parquet").num_rows for name in report.tables
    } == report.tables
    assert {"volume_aggregates", "whale_trades", "exchange_spreads"} == set(report.tables)
    assert list(tmp_path.glob("*/*.work")) == []

    assert _run(second, *reversed(files), engine=engine_name).returncode == 0
    assert (second / "alerts").read_bytes() == (first / "alerts").read_bytes()


def test_a_file_without_sides_is_replayed_for_what_needs_none(written: Write, engine_name: str, tmp_path: Path) -> None:
    """Markets are named as Kraken's connector names them. A whale without a side is none, and the report says why."""
    rows = [
        f"{_MOMENT + second * 1_000_000},{pair},90000.5,{'90' if second == 900 else '0.01'}"
        for second in range(980)
        for pair in ("XBT/USD", "XDG/USD", "AAPLx/USD")
    ]
    files = [
        written("silent.csv", ["ts,pair,px,qty", *rows]),
        written("sided.csv", [_HEADER, _row("binance", "币安人生USDT", 1, "6"), _row("binance", "BTCEUR", 2, "6")]),
    ]

    done = _run(tmp_path, "--exchange", "kraken", *files, engine=engine_name)

    assert done.returncode == 0, done.stderr
    report = _report(tmp_path)
    assert {(one.exchange, one.symbol): one.trades for one in report.markets} == {
        ("binance", "BTC-EUR"): 1,
        ("binance", "币安人生-USDT"): 1,
        **{("kraken", symbol): 980 for symbol in ("BTC-USD", "DOGE-USD", "AAPLx-USD")},
    }
    assert (report.refused, report.without_side, report.without_side_unseen_by) == ({}, 2940, ("whale-detector",))
    assert report.without_usd == {"EUR": 1}
    assert "1 trades were passed over by thresholds in US dollars (1 in EUR)" in done.stdout
    assert "2,940 trades have no side: whale-detector left them out" in done.stdout
    assert report.alerts["whale_trade"] == 1
    assert report.alerts["volume_spike"] >= 3
    lake = tmp_path / "warehouse" / "coattail"
    stored = {name: [*(lake / name / "data").rglob("*.parquet")] for name in ("raw_trades", "trades_without_side")}
    assert {name: sum(pq.read_metadata(path).num_rows for path in paths) for name, paths in stored.items()} == {
        "raw_trades": 2,
        "trades_without_side": 2940,
    }


_TIMES = {
    "binance": [_MOMENT + second * 1_000_000 for second in (*range(960), 2000)],
    "coinbase": [_MOMENT + second * 1_000_000 for second in range(1000)],
}
_LATENESS = 10_000_000


def _assert_detected_when_the_stream_would_have_known(alerts: Sequence[Alert]) -> None:
    """A trade is known at its own time. The sweep is the last of its market: the watermark would pass it after the lateness. A window
    is known by the first trade of each of its exchanges that is so far past its end."""
    for one in alerts:
        known = one.event_time
        if one.alert_type == "whale_sweep":
            known += 1000 + _LATENESS
        elif one.alert_type != "whale_trade":
            past = msgspec.json.decode(one.details)["window_end"] + _LATENESS
            exchanges = {trades.exchange for trades in one.lineage.markets or ()} or {one.exchange}
            known = max(next(time for time in _TIMES[exchange] if time >= past) for exchange in exchanges if exchange)
        assert (one.alert_id, one.detected_at) == (one.alert_id, known)
        assert one.lineage.processed_at == one.detected_at


def test_nothing_is_written_when_one_file_is_bad(files: list[Path], tmp_path: Path) -> None:
    cut = tmp_path / "cut.gz"
    cut.write_bytes(files[0].read_bytes()[:-20])
    out = tmp_path / "out"

    done = _run(out, *files, cut)

    assert done.returncode == 2
    assert done.stderr == f"replay: {cut} is cut short; fetch it again\n"
    assert list(out.rglob("*")) == []


def test_arrow_starts_without_the_code_of_spark(files: list[Path], tmp_path: Path) -> None:
    """Loading it takes seconds, and Java must not be there."""
    command = [sys.executable, "-X", "importtime", *_command(tmp_path, files[1])[1:]]

    done = subprocess.run(
        command, env=os.environ | {"JAVA_HOME": "/nowhere"}, capture_output=True, text=True, check=False
    )

    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert done.returncode == 0
    assert {"coattail_replay.run", "coattail_replay.arrow.engine", "pyarrow"} <= loaded
    assert not {name for name in loaded if name.partition(".")[0] in {"pyspark", "py4j", "stream_detectors", "boto3"}}
    assert sum(_report(tmp_path).seconds.values()) < 30


def test_no_valid_row_is_one_line_and_leaves_nothing(written: Write, tmp_path: Path) -> None:
    path = written("bad.csv", [_HEADER, _row("binance", "BTCUSDT", 1, "-1"), _row("binance", "BTCUSDT", 2, "0")])

    done = _run(tmp_path / "out", path)

    line = "replay: no row of the files is a valid trade; refused: 2 invalid.quantity\n"
    assert (done.returncode, done.stderr) == (1, line)
    assert list((tmp_path / "out").rglob("*")) == []


@pytest.mark.spark
def test_the_warehouse_of_arrow_is_sparks(files: list[Path], spark: SparkSession, tmp_path: Path) -> None:
    """Spark reads the tables that Arrow wrote as its own: rows, schemas, partitions, properties."""
    out = {engine: tmp_path / engine for engine in ("arrow", "spark")}
    for engine, folder in out.items():
        assert _run(folder, *files, engine=engine).returncode == 0

    for name in ("raw_trades", "anomaly_alerts", "dq_rejects"):
        tables = {
            engine: spark.read.format("iceberg").load(str(folder / "warehouse" / "coattail" / name))
            for engine, folder in out.items()
        }
        rows = {
            engine: sorted(str(row) for row in table.drop("rejected_at", "arrived_at").collect())
            for engine, table in tables.items()
        }
        assert rows["arrow"] == rows["spark"]
        assert tables["arrow"].schema == tables["spark"].schema
        metadata = {engine: _metadata(folder / "warehouse" / "coattail" / name) for engine, folder in out.items()}
        for part in ("format-version", "partition-specs", "sort-orders", "last-column-id"):
            assert metadata["arrow"][part] == metadata["spark"][part]
        assert metadata["arrow"]["schemas"][0]["fields"] == metadata["spark"]["schemas"][0]["fields"]
        assert metadata["arrow"]["properties"].items() <= metadata["spark"]["properties"].items()
        # As the tables say it: where a file lies is its writer's choice.
        partitions = {
            engine: {
                row["partition"]
                for row in spark.read.format("iceberg")
                .load(str(folder / "warehouse" / "coattail" / name) + "#files")
                .select("partition")
                .collect()
            }
            for engine, folder in out.items()
        }
        assert name == "dq_rejects" or partitions["arrow"] == partitions["spark"]

    trades = spark.read.format("iceberg").load(str(out["arrow"] / "warehouse" / "coattail" / "raw_trades"))
    # Files are pruned by day and by statistics: some of these are of the last microseconds of the day before.
    days = {sign: f"symbol = 'ADA-USD' AND timestamp {sign} timestamp_micros({_MOMENT})" for sign in (">=", "<")}
    assert {sign: trades.where(where).count() for sign, where in days.items()} == {">=": 7, "<": 18}


def _metadata(table: Path) -> dict[str, Any]:
    version = (table / "metadata" / "version-hint.text").read_text()
    return dict(msgspec.json.decode((table / "metadata" / f"v{version}.metadata.json").read_bytes()))


def test_a_module_that_there_is_not_is_named(files: list[Path], tmp_path: Path) -> None:
    done = _run(tmp_path / "out", "--detectors", "whale-detector,crystal-ball", files[0])

    assert done.returncode == 2
    assert "crystal-ball is no module; there are volume-anomaly, whale-detector" in done.stderr


def test_a_folder_that_no_replay_has_made_is_left_alone(files: list[Path], tmp_path: Path) -> None:
    mine = tmp_path / "out" / "tables" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")

    done = _run(tmp_path / "out", *files)

    assert done.returncode == 2
    assert "tables holds what no replay has made; name a new folder, or empty it" in done.stderr
    assert mine.read_text() == "mine"


def test_a_place_that_cannot_be_written_is_one_line(files: list[Path], tmp_path: Path) -> None:
    """Before anything starts, with what to do, and code 2."""
    out = tmp_path / "out"

    done = _run(out, "--alerts", "/dev/null/alerts", files[1])

    line = "replay: /dev/null/alerts cannot be written (Not a directory); name another place by --alerts\n"
    assert (done.returncode, done.stderr) == (2, line)
    assert not out.exists()


def test_an_interrupt_while_the_code_is_loaded_is_one_line(files: list[Path], tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-X", "importtime", *_command(tmp_path, *files)[1:]], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        # The command's own code: what comes before it takes milliseconds.
        while "msgspec" not in (line := process.stderr.readline()):
            assert line
        process.send_signal(signal.SIGINT)
        lines = [line for line in process.stderr.read().splitlines() if not line.startswith("import time:")]

    assert (process.returncode, lines) == (130, ["replay: interrupted; nothing was kept"])


def test_a_clone_may_lie_in_a_folder_with_a_blank(files: list[Path], engine_name: str, tmp_path: Path) -> None:
    """The jars, the log's settings and the warehouse lie in it."""
    clone = tmp_path / "a clone"
    root = Path(__file__).resolve().parents[3]
    shutil.copytree(root / "tools" / "replay" / "src", clone / "tools" / "replay" / "src")
    for name in (".local", "config"):
        (clone / name).symlink_to(root / name)
    command = _command(clone / "out", files[1], engine=engine_name)

    done = subprocess.run(
        command,
        env=os.environ | {"PYTHONPATH": str(clone / "tools" / "replay" / "src")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert _report(clone / "out").trades == 1025
    assert list((clone / "out" / "warehouse" / "coattail" / "raw_trades" / "data").rglob("*.parquet"))


def test_an_interrupt_leaves_what_was_there_before(files: list[Path], engine_name: str, tmp_path: Path) -> None:
    """The warehouse of the replay before was deleted."""
    out = tmp_path / "out"
    before = out / "warehouse" / "coattail" / "raw_trades" / "mine"
    before.parent.mkdir(parents=True)
    before.write_text("trades")
    (out / "warehouse" / ".coattail-replay").touch()
    with subprocess.Popen(
        _command(out, *files, engine=engine_name),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while "landing" not in (line := process.stdout.readline()):
            assert line, process.stderr.read()
        # As a terminal does, to the whole group: the JVM too.
        os.killpg(process.pid, signal.SIGINT)
        _, error = process.communicate()

    assert process.returncode == 130, error
    assert error.splitlines()[-1] == "replay: interrupted; nothing was kept"
    assert "Traceback" not in error
    assert sorted(path for path in out.rglob("*") if path.is_file()) == [out / "warehouse" / ".coattail-replay", before]
