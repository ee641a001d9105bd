"""The whole audit, over tables that Iceberg wrote."""

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import boto3
import msgspec
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyiceberg.table import Table
from rich.console import Console

from coattail_audit import gaps
from coattail_audit.__main__ import main
from coattail_audit.command import run as audit
from coattail_audit.errors import AuditError
from coattail_audit.options import Options
from coattail_audit.progress import PlainScreen
from coattail_audit.report import Report
from coattail_audit.rows import RowReader
from coattail_audit.table import files
from coattail_common.contracts import TradesGapDetected
from coattail_common.ids import Market
from coattail_testing.imports import loaded

type Row = tuple[str, str, int, str, int]
"""Exchange, symbol, trade id, origin, day of January 2026."""
type Lands = Callable[[Sequence[Row]], None]

NOW = 1_767_225_600_000_000
BTC, ETH = ("binance", "BTC-USDT"), ("coinbase", "ETH-USD")


def run(options: Options) -> Report:
    return audit(options, PlainScreen(Console(stderr=True)))


def _rows(market: tuple[str, str], ids: Sequence[int], day: int = 1, origin: str = "stream") -> list[Row]:
    return [(*market, trade_id, origin, day) for trade_id in ids]


def _event(market: tuple[str, str], first: int, last: int) -> str:
    gap = TradesGapDetected(
        occurred_at=NOW, exchange=market[0], symbol=market[1], first_trade_id=first, last_trade_id=last
    )
    detail = {name: getattr(gap, name) for name in gap.__struct_fields__}
    return json.dumps({"detail-type": gap.detail_type, "source": "coattail.ingest", "detail": detail})


def test_it_finds_what_is_missing_doubled_and_filled_in_over_partitions(lands: Lands) -> None:
    lands(_rows(BTC, range(10, 20)) + _rows(ETH, [1, 2, 3]))
    lands(_rows(BTC, [23, 24, 25], day=2) + _rows(BTC, [20], day=2, origin="backfill"))
    # Twice in a partition, and once more in another.
    lands(_rows(BTC, [24], day=2) + _rows(BTC, [11], day=3) + _rows(ETH, [5], day=3))

    made = run(Options())

    assert made.partitions == 5
    btc, eth = made.markets
    assert (btc.exchange, btc.symbol, btc.trades, btc.duplicates) == (*BTC, 16, 2)
    assert (btc.held.first, btc.missing.first, btc.filled.first) == (((10, 20), (23, 25)), ((21, 22),), ((20, 20),))
    assert (eth.trades, eth.duplicates, eth.missing.first) == (4, 0, ((4, 4),))
    assert (btc.doubled.first, eth.doubled.first) == (((11, 11), (24, 24)), ())
    assert [btc.is_sound, eth.is_sound, made.is_sound] == [False] * 3


def test_what_an_event_reported_is_missing_but_not_untold(lands: Lands, tmp_path: Path) -> None:
    lands(_rows(BTC, [1, 2, 7, 8, 12]))
    told = tmp_path / "events.jsonl"
    told.write_text(
        "\n".join([_event(BTC, 3, 4), '{"detail-type":"alert.raised","detail":{}}', "", _event(BTC, 9, 20)])
    )

    (btc,) = run(Options(events=(told,))).markets

    assert (btc.missing.ids, btc.unreported.first, btc.is_sound) == (7, ((5, 6),), False)
    told.write_text(_event(BTC, 3, 11))
    assert run(Options(events=(told,))).is_sound


def test_a_log_group_tells_of_gaps(lands: Lands) -> None:
    lands(_rows(BTC, [1, 4]))
    logs = boto3.client("logs", region_name="us-west-2")
    logs.create_log_group(logGroupName="gaps")
    logs.create_log_stream(logGroupName="gaps", logStreamName="one")
    events = [{"timestamp": time.time_ns() // 1_000_000, "message": _event(BTC, 2, 3)}]
    logs.put_log_events(logGroupName="gaps", logStreamName="one", logEvents=events)

    assert list(gaps.by_market(gaps.in_log_group(logs, "gaps"))) == [Market(*BTC)]
    assert run(Options(gap_log="gaps")).is_sound


def test_it_can_be_narrowed(lands: Lands) -> None:
    lands(_rows(BTC, [1, 2]) + _rows(ETH, [1, 5]) + _rows(("coinbase", "BTC-USDT"), [7]))

    assert [(one.exchange, one.symbol) for one in run(Options(symbols=("BTC-USDT",))).markets] == [
        BTC,
        ("coinbase", "BTC-USDT"),
    ]
    assert [one.symbol for one in run(Options(exchange="coinbase")).markets] == ["BTC-USDT", "ETH-USD"]


def test_what_is_asked_for_and_not_there_is_told(lands: Lands) -> None:
    lands(_rows(BTC, [1, 2]))

    assert run(Options(symbols=("BTC-USDT",))).is_sound
    made = run(Options(symbols=("BTC-USDT", "BTC-UDST"), exchange="kraken"))
    assert (made.markets, made.absent, made.is_sound) == ((), ("BTC-USDT", "BTC-UDST", "kraken"), False)


def test_a_table_of_many_commits_is_read_whole(lands: Lands) -> None:
    for number in range(18):
        lands(_rows(BTC, [number], day=1 + number % 2))

    (btc,) = run(Options()).markets

    assert (btc.trades, btc.held.first) == (18, ((0, 17),))


def test_a_file_that_iceberg_has_to_read_is_read_the_same(lands: Lands, table: Table) -> None:
    lands([*_rows(BTC, [1, 2, 2]), *_rows(("kraken", "BTC-USDT"), [5], origin="backfill")])
    table.refresh()
    (task,), (file,) = table.scan().plan_files(), files(table, None, ())

    read, by_iceberg = (
        {market: (one.trades, one.held.tolist(), one.doubled.tolist(), one.filled.tolist()) for market, one in tallies}
        for tallies in map(RowReader(table).tallies, (file, msgspec.structs.replace(file, task=task)))
    )

    assert (
        read
        == by_iceberg
        == {Market(*BTC): (3, [[1, 2]], [[2, 2]], []), Market("kraken", "BTC-USDT"): (1, [[5, 5]], [], [[5, 5]])}
    )


def test_a_file_of_other_columns_is_refused(lands: Lands, table: Table) -> None:
    lands(_rows(BTC, [1]))
    table.refresh()
    (file,) = files(table, None, ())
    path = file.path.removeprefix("file://")
    rows = pq.read_table(path, partitioning=None)
    moved = rows.schema.field("origin").with_metadata({"PARQUET:field_id": "99"})

    pq.write_table(rows.set_column(rows.schema.get_field_index("origin"), moved, rows["origin"]), path)
    with pytest.raises(AuditError, match="its column origin is another one"):
        RowReader(table).tallies(file)
    pq.write_table(rows.drop_columns("symbol"), path)
    with pytest.raises(AuditError, match="it has not all columns"):
        RowReader(table).tallies(file)


def test_a_warehouse_in_a_folder_is_as_good(lands: Lands, table: Table, tmp_path: Path) -> None:
    lands(_rows(BTC, [1, 2]))
    metadata = tmp_path / "folder/coattail/raw_trades/metadata"
    metadata.mkdir(parents=True)
    shutil.copyfile(table.metadata_location.removeprefix("file://"), metadata / "v7.metadata.json")
    (metadata / "version-hint.text").write_text("7")

    assert run(Options(warehouse=tmp_path / "folder")).is_sound


@pytest.fixture
def symbols() -> Iterator[str]:
    """A market for each example."""
    return (f"A{number}-USDT" for number in count())


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 3)), min_size=1, max_size=40))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_how_trades_lie_in_partitions_changes_nothing(
    lands: Lands, symbols: Iterator[str], trades: list[tuple[int, int]]
) -> None:
    symbol = next(symbols)
    lands([row for trade_id, day in trades for row in _rows(("binance", symbol), [trade_id], day)])

    (btc,) = run(Options(symbols=(symbol,))).markets

    ids = {trade_id for trade_id, _ in trades}
    assert (btc.trades, btc.duplicates, btc.held.ids) == (len(trades), len(trades) - len(ids), len(ids))
    assert btc.missing.ids == max(ids) - min(ids) + 1 - len(ids)


def test_what_cannot_be_audited_is_told_in_a_line(tmp_path: Path) -> None:
    broken = tmp_path / "events.jsonl"
    broken.write_text(_event(BTC, 1, 2) + "\n{")

    with pytest.raises(AuditError, match=r"holds no coattail\.raw_trades"):
        run(Options(warehouse=tmp_path))
    with pytest.raises(AuditError, match="line 2 is no event"):
        run(Options(warehouse=tmp_path, events=(broken,)))
    with pytest.raises(AuditError, match="No such file"):
        run(Options(warehouse=tmp_path, events=(tmp_path / "none",)))
    metadata = tmp_path / "coattail/raw_trades/metadata"
    metadata.mkdir(parents=True)
    (metadata / "version-hint.text").write_text("1")
    (metadata / "v1.metadata.json").write_text("{")
    with pytest.raises(AuditError, match=r"v1\.metadata\.json cannot be read: .*Invalid JSON"):
        run(Options(warehouse=tmp_path))


def test_a_file_that_is_gone_and_a_log_that_never_was_are_told_in_a_line(lands: Lands, table: Table) -> None:
    lands(_rows(BTC, [1]))
    table.refresh()
    Path(files(table, None, ())[0].path.removeprefix("file://")).unlink()

    with pytest.raises(AuditError, match=r"\.parquet cannot be read: .*No such file"):
        run(Options())
    with pytest.raises(AuditError, match=r"log group gaps cannot be read: .*ResourceNotFound"):
        run(Options(gap_log="gaps"))


@pytest.mark.parametrize(("ids", "code"), [([1, 2, 3], 0), ([1, 3], 1), ([1, 2, 2], 1), ([], 1)])
def test_the_exit_code_says_whether_it_is_whole(
    ids: list[int], code: int, lands: Lands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if ids:
        lands(_rows(BTC, ids))
    monkeypatch.setattr("sys.argv", ["coattail-audit", "--plain"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == code
    said = capsys.readouterr()
    assert ("binance:BTC-USDT" in said.out) is bool(ids)
    assert ("misses, and no event reported, 2\n" in said.out) is (ids == [1, 3])
    assert ("there are no trades" in said.err) is (not ids)


@pytest.mark.parametrize("words", [("--help",), ("--symbols", "no market")])
def test_what_audits_nothing_imports_no_client(words: tuple[str, ...]) -> None:
    found = loaded("from coattail_audit.__main__ import main\nmain()", *words)

    assert "coattail_audit" in found
    assert not found & {"pyiceberg", "pyarrow", "boto3", "botocore"}
