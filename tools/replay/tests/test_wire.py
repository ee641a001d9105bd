"""Rows of text → judged trades: times and sides in every way, and what is wrong with a bad row."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from tools.replay.tests.engines import Engine

from coattail_connector.frames.trades import LATEST
from coattail_replay.columns import parse
from coattail_replay.naming import Naming
from coattail_replay.sources import Choices, look

type Write = Callable[..., Path]

_COLUMNS = parse("symbol=symbol,timestamp=time,received=got,side=side,price=price,quantity=size,trade_id=id")
_HEADER = "symbol,time,got,side,price,size,id"


@pytest.fixture
def read(engine: Engine, written: Write) -> Callable[..., list[dict[str, object]]]:
    def reader(*rows: str | bytes, header: str = _HEADER, columns: object = _COLUMNS) -> list[dict[str, object]]:
        path = written("rows.csv", [header, *rows])
        choices = Choices(columns=columns, exchange="binance", naming=Naming(("BTC-USDT",)))  # type: ignore[arg-type]
        return engine.read(look([path], choices), choices.naming)

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


_LAST = 1767225599999999
"""The last microsecond of a day: a nanosecond rounded up lies in the next one, another partition."""


def test_a_time_finer_than_a_microsecond_is_cut(read: Callable[..., list[dict[str, object]]]) -> None:
    times = [
        *(f"1767225599.999999{'9' * more}" for more in range(20)),
        "1767225599999999999",
        "1767225599999.9999",
        "1767225599999999.9",
        "1767225599999999999.9",
        *(f"2025-12-31T23:59:59.999999{'9' * more}{zone}" for more in range(8) for zone in ("", "Z", "+00:00")),
        "2025-12-31 23:59:59.9999999",
        "2026-01-01T00:59:59.9999999999+01:00",
    ]
    shorter = ["1767225599999.5", "1767225599.5", "1767225599.", "1767225599999000.0", "1767225599999.0"]

    found = read(*(f"BTC-USDT,{time},{time},buy,1.5,2,{number}" for number, time in enumerate(times + shorter)))

    assert [row["verdict"] for row in found] == [None] * len(times + shorter)
    assert [row["timestamp"] for row in found] == [
        *[_LAST] * len(times),
        *(1767225599999500, 1767225599500000, 1767225599000000, 1767225599999000, 1767225599999000),
    ]
    assert [row["ingestion_timestamp"] for row in found] == [row["timestamp"] for row in found]


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
    "BTC-USDT,17672256000.5,,buy,1.5,2,7": "invalid.timestamp",
    "BTC-USDT,1.767225600016e+18,,buy,1.5,2,7": "invalid.timestamp",
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


def test_amounts_as_python_prints_them_are_taken_exactly(read: Callable[..., list[dict[str, object]]]) -> None:
    """`repr` of a float below 1e-4 or from 1e16 on has an exponent: most rows that pandas wrote were refused."""
    dice = Random(12)
    amounts = [
        *(10.0**power for power in range(-18, 20)),
        *(round(dice.random() * 10 ** dice.randint(-6, 3), 12) for _ in range(500)),
        *(dice.randint(1, 99) * 1e-8 for _ in range(100)),
    ]
    pairs = [(1e-08, 1e16), *((1.0, amount) for amount in amounts), *((amount, 1.0) for amount in amounts)]
    told = [pair for pair in pairs if all(_behind(one) <= 18 for one in pair)]

    found = read(*(f"BTC-USDT,1767225600016,,buy,{p!r},{q!r},{n}" for n, (p, q) in enumerate(told)))

    assert [row["verdict"] for row in found] == [None] * len(told)
    for row, (price, quantity) in zip(found, told, strict=True):
        assert (Decimal(str(row["price"])), Decimal(str(row["quantity"]))) == (
            Decimal(repr(price)),
            Decimal(repr(quantity)),
        )
        assert Decimal(str(row["quote_volume"])) == Decimal(repr(price)) * Decimal(repr(quantity))


def _behind(number: float) -> int:
    """How many digits its shortest decimal has behind the point."""
    return -int(Decimal(repr(number)).normalize().as_tuple().exponent)
