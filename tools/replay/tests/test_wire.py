"""Rows of text → judged trades: times and sides in every way, and what is wrong with a bad row."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from coattail_common.connector.trades import LATEST
from coattail_replay.columns import parse
from coattail_replay.naming import Naming
from coattail_replay.preparing import judged, prepare
from coattail_replay.sources import Choices, look

pytestmark = pytest.mark.spark

type Write = Callable[..., Path]

_COLUMNS = parse("symbol=symbol,timestamp=time,received=got,side=side,price=price,quantity=size,trade_id=id")
_HEADER = "symbol,time,got,side,price,size,id"


@pytest.fixture
def read(spark: SparkSession, written: Write, tmp_path: Path) -> Callable[..., list[dict[str, object]]]:
    def reader(*rows: str | bytes, header: str = _HEADER, columns: object = _COLUMNS) -> list[dict[str, object]]:
        path = written("rows.csv", [header, *rows])
        choices = Choices(columns=columns, exchange="binance", naming=Naming(("BTC-USDT",)))  # type: ignore[arg-type]
        prepared = prepare(look([path], choices), choices.naming, tmp_path / "spool", lambda _: None)
        (found,) = judged(spark, prepared, choices.naming)
        return [row.asDict() for row in found.frame.orderBy("row").collect()]

    return reader


def test_a_row_becomes_the_trade_of_the_wire(read: Callable[..., list[dict[str, object]]]) -> None:
    (trade,) = read("btcusdt,1767225600016,1767225600021000,SELL,1666.70,0.0180,7")

    assert trade == {
        "source": 0,
        "row": 2,
        "event_id": "binance:BTC-USDT:7",
        "exchange": "binance",
        "symbol": "BTC-USDT",
        "base": "BTC",
        "quote": "USDT",
        "trade_id": 7,
        "price": "1666.70",
        "quantity": "0.0180",
        "quote_volume": "30.000600",
        "side": "sell",
        "timestamp": 1767225600016000,
        "ingestion_timestamp": 1767225600021000,
        "origin": "backfill",
        "schema_version": 1,
        "verdict": None,
        "line": None,
    }


def test_a_time_is_told_by_its_digits_or_is_iso(read: Callable[..., list[dict[str, object]]]) -> None:
    times = [
        "1767225600",
        "1767225600.25",
        "1767225600250",
        "1767225600250000",
        "1767225600250000999",
        "2026-01-01T00:00:00.25Z",
        "2026-01-01 00:00:00.25",
        "2026-01-01T01:00:00.250000+01:00",
    ]

    found = read(*(f"BTC-USDT,{time},,buy,1.5,2,{number}" for number, time in enumerate(times)))

    assert [row["verdict"] for row in found] == [None] * len(times)
    assert [row["timestamp"] for row in found] == [1767225600000000, *[1767225600250000] * 7]
    assert [row["ingestion_timestamp"] for row in found] == [row["timestamp"] for row in found]


def test_a_time_finer_than_a_microsecond_is_cut(read: Callable[..., list[dict[str, object]]]) -> None:
    """Rounded up it would be the next day, in another partition, and another trade than the stream's of the same id."""
    times = [
        "1767225599999999999",
        "1767225599.999999999",
        "1767225599.9999999999",
        "1767225599.99999999999999999999",
        "2025-12-31T23:59:59.999999999Z",
        "2025-12-31T23:59:59.9999999999Z",
        "2026-01-01 00:59:59.999999999+01:00",
    ]

    found = read(*(f"BTC-USDT,{time},{time},buy,1.5,2,{number}" for number, time in enumerate(times)))

    assert [row["verdict"] for row in found] == [None] * len(times)
    assert [row["timestamp"] for row in found] == [1767225599999999] * len(times)
    assert [row["ingestion_timestamp"] for row in found] == [1767225599999999] * len(times)


@pytest.mark.parametrize(
    ("meaning", "words"),
    [
        ("side", {"buy": "buy", "B": "buy", "Sell": "sell", "s": "sell", "ANY": None, "true": None}),
        ("maker_side", {"buy": "sell", "sell": "buy", "s": "buy"}),
        ("buyer_maker", {"true": "sell", "False": "buy", "1": "sell", "0": "buy", "buy": None}),
    ],
)
def test_the_side_is_the_takers(
    meaning: str, words: dict[str, str | None], read: Callable[..., list[dict[str, object]]]
) -> None:
    columns = parse(f"symbol=symbol,timestamp=time,price=price,quantity=size,{meaning}=side,trade_id=id")

    found = read(*(f"BTC-USDT,1767225600016,,{word},1.5,2,{n}" for n, word in enumerate(words)), columns=columns)

    assert [row["side"] if row["verdict"] is None else None for row in found] == list(words.values())
    assert {row["verdict"] for row in found} <= {None, "invalid.side"}


_BAD = {
    "BTC-USDT,1767225600016,,buy,1.5,2": "malformed.columns",
    "BTC-USDT,1767225600016,,buy,1.5,2,7,8": "malformed.columns",
    ",1767225600016,,buy,1.5,2,7": "incomplete.symbol",
    "BTC-USDT,,,buy,1.5,2,7": "incomplete.timestamp",
    "BTC-USDT,1767225600016,,,1.5,2,7": "incomplete.side",
    "BTC-USDT,1767225600016,,buy,,2,7": "incomplete.price",
    "BTC-USDT,1767225600016,,buy,1.5,,7": "incomplete.quantity",
    "BTC-USDT,1767225600016,,buy,1.5,2,": "incomplete.trade_id",
    "BTC?,1767225600016,,buy,1.5,2,7": "invalid.symbol",
    "BTC-USDT,1767225600016,,buy,1.5,2,seven": "invalid.trade_id",
    "BTC-USDT,1767225600016,,buy,-1.5,2,7": "invalid.price",
    "BTC-USDT,1767225600016,,buy,1e-19,2,7": "invalid.price",
    "BTC-USDT,1767225600016,,buy,NaN,2,7": "invalid.price",
    "BTC-USDT,1767225600016,,buy,0.00,2,7": "invalid.price",
    "BTC-USDT,1767225600016,,buy,1.5,0,7": "invalid.quantity",
    "BTC-USDT,1767225600016,,buy,1.5,0.-100,7": "invalid.quantity",
    "BTC-USDT,1767225600016,,buy,0.0000000001,0.0000000001,7": "invalid.quote_volume",
    "BTC-USDT,1767225600016,,none,1.5,2,7": "invalid.side",
    "BTC-USDT,12:30,,buy,1.5,2,7": "invalid.timestamp",
    "BTC-USDT,17672256000,,buy,1.5,2,7": "invalid.timestamp",
    "BTC-USDT,0001-01-01T00:00:00Z,,buy,1.5,2,7": "invalid.timestamp",
    "BTC-USDT,2026-13-01T00:00:00Z,,buy,1.5,2,7": "invalid.timestamp",
    f"BTC-USDT,{LATEST},,buy,1.5,2,7": "invalid.timestamp",
}


@pytest.mark.parametrize("blank", ["", "  "], ids=["split", "parsed"])
def test_a_bad_row_is_refused_with_its_reason_its_bytes_and_its_place(
    blank: str, read: Callable[..., list[dict[str, object]]]
) -> None:
    """A piece of the file without quotes and blanks is split, any other is parsed."""
    good = "BTC-USDT,1767225600016,,buy,1.5,2,{}"
    rows = [row for number, bad in enumerate(_BAD) for row in (good.format(number), bad)]

    found = read(*rows, "", blank, good.format(99) + "\r", b"\xff\xfe,1767225600016,,buy,1.5,2,7")

    assert [row["verdict"] for row in found if row["row"] <= len(rows) + 1] == [  # type: ignore[operator]
        verdict for rule in _BAD.values() for verdict in (None, rule)
    ]
    assert [row["line"] for row in found[1 : len(rows) : 2]] == list(_BAD)
    assert [row["row"] for row in found] == [*range(2, len(rows) + 2), len(rows) + 4, len(rows) + 5]
    assert [row["verdict"] for row in found[-2:]] == [None, "invalid.symbol"]


def test_quotes_and_other_delimiters_are_read(read: Callable[..., list[dict[str, object]]]) -> None:
    (quoted,) = read('"BTC-USDT","1767225600016","","buy","1.5","2","7"')
    assert (quoted["verdict"], quoted["price"]) == (None, "1.5")
