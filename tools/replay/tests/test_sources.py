"""What cannot be replayed is told of by name before anything is written."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coattail_replay.columns import parse
from coattail_replay.errors import InputError
from coattail_replay.formats import Format
from coattail_replay.naming import Naming
from coattail_replay.preparing import prepare
from coattail_replay.sources import Choices, look

type Write = Callable[..., Path]

_TARDIS = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount"
_ROW = "binance,BTCUSDT,1767225600016000,1767225600021000,{},sell,1666.70,0.01804690"
_DUMP = "3735683259,61837.63,0.02,1236.7526,1723161255342,True,True"
_AGG = "26129,61837.63,4.70443515,27781,27781,1723161255342,true,true"


def _prepared(paths: list[Path], work: Path, choices: Choices = Choices()) -> None:  # noqa: B008  (frozen)
    prepare(look(paths, choices), choices.naming, work, lambda _: None)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.mkdir(), "is a directory; give the files in it"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda _: None, "No such file"),
        (lambda path: path.write_bytes(b"\x00\x01\x02\x03" * 10), "is neither text nor Parquet"),
        (lambda path: path.write_bytes(b"hello\nworld\n"), "the format is unknown"),
        (lambda path: path.write_bytes(f"{_TARDIS}\n".encode()), "has no rows"),
        (lambda path: path.write_bytes(b"PAR1 and no more"), "is no whole Parquet file"),
        (lambda path: path.write_bytes(b"PK\x03\x04 and no more"), "is damaged"),
    ],
)
def test_a_file_that_cannot_be_read(make: Callable[[Path], object], says: str, tmp_path: Path) -> None:
    make(tmp_path / "file")

    with pytest.raises(InputError, match=says):
        _prepared([tmp_path / "file"], tmp_path / "work")


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
def test_a_gz_that_is_cut_short(kept: float, tmp_path: Path) -> None:
    whole = gzip.compress("\n".join([_TARDIS, *(_ROW.format(number) for number in range(50_000))]).encode())
    (tmp_path / "cut.gz").write_bytes(whole[: int(len(whole) * kept)])

    with pytest.raises(InputError, match="cut short; fetch it again"):
        _prepared([tmp_path / "cut.gz"], tmp_path / "work")


def test_a_gz_that_is_damaged(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress("\n".join([_TARDIS, *(_ROW.format(one) for one in range(50_000))]).encode()))
    whole[len(whole) // 2 : len(whole) // 2 + 50] = bytes(50)
    (tmp_path / "bad.gz").write_bytes(whole)

    with pytest.raises(InputError, match=r"is damaged|is cut short"):
        _prepared([tmp_path / "bad.gz"], tmp_path / "work")


def test_a_column_that_is_missing(written: Write, tmp_path: Path) -> None:
    path = written("trades.csv", ["when,px,dir", "1767225600016,1.5,buy"])
    choices = Choices(columns=parse("timestamp=when,price=px,quantity=size,side=dir"), exchange="binance")

    with pytest.raises(InputError, match="there is no column 'size'; it has when, px, dir"):
        _prepared([path], tmp_path / "work", choices)


def test_a_parquet_file_without_our_columns(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "x.parquet")

    with pytest.raises(InputError, match="give --columns timestamp=…,price=…,quantity=…"):
        _prepared([tmp_path / "x.parquet"], tmp_path / "work")


def test_a_market_that_is_not_told(written: Write) -> None:
    dump = written("dump.csv", [_DUMP])
    unknown = written("tardis.csv", [_TARDIS, _ROW.format(1).replace("BTCUSDT", "NOTHING")])

    with pytest.raises(InputError, match="does not say of which market it is; say it by --symbol"):
        look([dump], Choices())
    with pytest.raises(InputError, match="'NOTHING' is no market known by its name; say which it is by --symbols"):
        look([unknown], Choices())
    assert look([dump], Choices(naming=Naming(("BTC-USDT",))))[0].symbol == "BTC-USDT"
    assert look([unknown], Choices(naming=Naming(("NO-THING",))))[0].symbol is None


def test_an_exchange_that_is_not_told(written: Write) -> None:
    path = written("trades.csv", ["1767225600016,1.5,2,buy"])
    columns = parse("timestamp=1,price=2,quantity=3,side=4")

    with pytest.raises(InputError, match="does not say of which exchange it is; say it by --exchange"):
        look([path], Choices(columns=columns, naming=Naming(("BTC-USDT",))))


def test_a_dumps_market_shows_in_its_name(written: Write) -> None:
    path = written("ETHUSDT-trades-2024-08-08.zip", [_DUMP])

    source = look([path], Choices())[0]

    assert (source.format, source.exchange, source.symbol) == (Format.BINANCE_TRADES, "binance", "ETH-USDT")


def test_trades_and_their_aggregates_are_not_taken_together(written: Write) -> None:
    fills = written("BTCUSDT-trades-2024-08-08.csv", [_DUMP])
    aggregates = written("BTCUSDT-aggTrades-2024-08-08.csv", [_AGG])

    with pytest.raises(InputError, match="both trades and aggTrades of BTC-USDT"):
        look([fills, aggregates], Choices())


def test_a_file_is_not_taken_twice(written: Write, tmp_path: Path) -> None:
    path = written("BTCUSDT-trades-2024-08-08.csv", [_DUMP])
    (tmp_path / "link").symlink_to(path)

    with pytest.raises(InputError, match="link is given twice"):
        look([path, tmp_path / "link"], Choices())


def test_ids_that_are_no_numbers_are_not_used(written: Write) -> None:
    path = written("tardis.csv", [_TARDIS, _ROW.format("b7f5-77")])
    numbered = written("numbered.csv", [_TARDIS, _ROW.format(7)])

    assert look([path], Choices())[0].has_ids is False
    assert look([numbered], Choices())[0].has_ids is True


def test_a_side_that_says_nothing_is_not_used(written: Write) -> None:
    columns = parse("timestamp=1,price=2,quantity=3,side=4")
    choices = Choices(columns=columns, exchange="binance", naming=Naming(("BTC-USDT",)))
    row = "1605499846,15993.5,0.026472,{}"
    silent = written("silent.csv", [row.format("ANY"), row.format(""), row.format("Unknown")])
    sided = written("sided.csv", [row.format("ANY"), row.format("buy")])

    assert look([silent], choices)[0].has_side is False
    assert look([sided], choices)[0].has_side is True


def test_a_parquet_files_columns_are_told_by_their_names(tmp_path: Path) -> None:
    table = pa.table(
        {"ts": [1767225600016], "px": [1.5], "qty": [2.0], "pair": ["XBT/USD"], "tid": ["b7f5"], "side": [None]}
    )
    pq.write_table(table, tmp_path / "trades.parquet")
    pq.write_table(table.drop_columns("px"), tmp_path / "lacks.parquet")

    source = look([tmp_path / "trades.parquet"], Choices(exchange="kraken"))[0]

    assert (source.has_ids, source.has_side, list(source.known.values())) == (False, False, ["BTC-USD"])
    with pytest.raises(InputError, match=r"give --columns timestamp=ts,price=…,quantity=qty"):
        look([tmp_path / "lacks.parquet"], Choices(exchange="kraken"))


def test_a_line_over_a_mebibyte_costs_only_itself(written: Write, tmp_path: Path) -> None:
    rows = [_ROW.format(1), "x" * (2 << 20), _ROW.format(2)]
    path = written("trades.csv", [_TARDIS, *rows])

    _prepared([path], tmp_path / "work")

    assert look([path], Choices())[0].format is Format.TARDIS
    with pytest.raises(InputError, match="has no line of less than 1,048,576 bytes"):
        look([written("long", ["x" * (2 << 20)])], Choices())


def test_a_parquet_file_is_nothing_else(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "x.parquet")

    with pytest.raises(InputError, match="is not tardis: it is parquet"):
        look([tmp_path / "x.parquet"], Choices(format=Format.TARDIS))
