"""What cannot be replayed is reported by name before anything is written."""

import bz2
import gzip
import lzma
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coattail_replay.columns import parse
from coattail_replay.errors import InputError
from coattail_replay.formats import Format
from coattail_replay.naming import Naming
from coattail_replay.opening import unpacked
from coattail_replay.sources import Choices, look

type Write = Callable[..., Path]

_TARDIS = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount"
_ROW = "binance,BTCUSDT,1767225600016000,1767225600021000,{},sell,1666.70,0.01804690"
_DUMP = "3735683259,61837.63,0.02,1236.7526,1723161255342,True,True"
_AGG = "26129,61837.63,4.70443515,27781,27781,1723161255342,true,true"


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
def test_a_file_that_cannot_be_read(
    make: Callable[[Path], object], says: str, reads: Callable[..., object], tmp_path: Path
) -> None:
    make(tmp_path / "file")

    with pytest.raises(InputError, match=says):
        reads(look([tmp_path / "file"], Choices()), Naming())


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
def test_a_gz_that_is_cut_short(kept: float, reads: Callable[..., object], tmp_path: Path) -> None:
    whole = gzip.compress("\n".join([_TARDIS, *(_ROW.format(number) for number in range(50_000))]).encode())
    (tmp_path / "cut.gz").write_bytes(whole[: int(len(whole) * kept)])

    with pytest.raises(InputError, match="cut short; fetch it again"):
        reads(look([tmp_path / "cut.gz"], Choices()), Naming())


def test_a_gz_that_is_damaged(reads: Callable[..., object], tmp_path: Path) -> None:
    whole = bytearray(gzip.compress("\n".join([_TARDIS, *(_ROW.format(one) for one in range(50_000))]).encode()))
    whole[len(whole) // 2 : len(whole) // 2 + 50] = bytes(50)
    (tmp_path / "bad.gz").write_bytes(whole)

    with pytest.raises(InputError, match=r"is damaged|is cut short"):
        reads(look([tmp_path / "bad.gz"], Choices()), Naming())


def test_a_column_that_is_missing(written: Write, reads: Callable[..., object]) -> None:
    path = written("trades.csv", ["when,px,dir", "1767225600016,1.5,buy"])
    choices = Choices(columns=parse("timestamp=when,price=px,quantity=size,side=dir"), exchange="binance")

    with pytest.raises(InputError, match="there is no column 'size'; it has when, px, dir"):
        reads(look([path], choices), Naming())


def test_a_parquet_file_without_our_columns(reads: Callable[..., object], tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "x.parquet")

    with pytest.raises(InputError, match="give --columns timestamp=…,price=…,quantity=…"):
        reads(look([tmp_path / "x.parquet"], Choices()), Naming())


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


def test_a_line_over_a_mebibyte_costs_only_itself(written: Write, reads: Callable[..., object]) -> None:
    rows = [_ROW.format(1), "x" * (2 << 20), _ROW.format(2)]
    path = written("trades.csv", [_TARDIS, *rows])

    reads(look([path], Choices()), Naming())

    assert look([path], Choices())[0].format is Format.TARDIS
    with pytest.raises(InputError, match="has no line of less than 1,048,576 bytes"):
        look([written("long", ["x" * (2 << 20)])], Choices())


def test_a_parquet_file_is_nothing_else(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "x.parquet")

    with pytest.raises(InputError, match="is not tardis: it is parquet"):
        look([tmp_path / "x.parquet"], Choices(format=Format.TARDIS))


_PACKED = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda content: pa.compress(content, "zstd", asbytes=True),
    ".lz4": lambda content: pa.compress(content, "lz4", asbytes=True),
}


@pytest.mark.parametrize("suffix", _PACKED)
def test_a_packed_file_is_unpacked(suffix: str, reads: Callable[..., object], tmp_path: Path) -> None:
    """Whole, in two parts one behind the other, and cut short."""
    pack = _PACKED[suffix]
    rows = [_ROW.format(number) for number in range(5000)]
    head, rest = (("\n".join(part) + "\n").encode() for part in ([_TARDIS, *rows[:2500]], rows[2500:]))
    path = tmp_path / f"trades{suffix}"

    for content in (pack(head + rest), pack(head) + pack(rest)):
        path.write_bytes(content)
        with unpacked(path) as file:
            assert file.readline() == f"{_TARDIS}\n".encode()
            assert file.read() == (head + rest).split(b"\n", 1)[1]
        assert look([path], Choices())[0].format is Format.TARDIS

    path.write_bytes(pack(head + rest)[:-50])
    with pytest.raises(InputError, match=r"is damaged|is cut short"):
        reads(look([path], Choices()), Naming())


def _zip(path: Path, members: dict[str, str], **header: int) -> Path:
    """A zip; `header` are fields of its members, as no writer of Python's would set them."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    content = bytearray(path.read_bytes())
    for begin, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(begin)
        while place >= 0:
            for name, offset in (("flags", at), ("method", at + 2)):
                if name in header:
                    content[place + offset : place + offset + 2] = header[name].to_bytes(2, "little")
            place = content.find(begin, place + 1)
    path.write_bytes(content)
    return path


_CSV = f"{_TARDIS}\n{_ROW.format(1)}\n"


def test_what_macos_puts_into_a_zip_is_left_out(tmp_path: Path) -> None:
    path = _zip(
        tmp_path / "x.zip", {"__MACOSX/._a.csv": "\0", "a.csv": _CSV, ".DS_Store": "\0", "b/": "", "b/._c": "x"}
    )

    assert look([path], Choices())[0].format is Format.TARDIS


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: _zip(path, {"a.csv": _CSV}, method=9), "is packed by Deflate64, which cannot be read; unpack it"),
        (lambda path: _zip(path, {"a.csv": _CSV}, method=97), "is packed by method 97, which cannot be read"),
        (lambda path: _zip(path, {"a.csv": _CSV}, flags=1), "is locked by a password; unpack it"),
        (
            lambda path: _zip(path, {"a.csv": _CSV, "b.csv": _CSV}),
            r"holds 2 files \(a.csv, b.csv\); a zip must hold one",
        ),
        (lambda path: _zip(path, {"__MACOSX/._a.csv": ""}), "holds 0 files; a zip must hold one"),
        (lambda path: path.write_bytes(b"7z\xbc\xaf\x27\x1c"), "is a 7-Zip archive, which cannot be read; unpack it"),
        (lambda path: path.write_bytes(gzip.compress(b"PAR1\0\0PAR1")), "holds a Parquet file; unpack it"),
        (os.mkfifo, "is a pipe or a device; write what comes from it to a file"),
    ],
)
def test_what_cannot_be_unpacked_is_refused(
    make: Callable[[Path], object], says: str, reads: Callable[..., object], tmp_path: Path
) -> None:
    make(tmp_path / "file")

    with pytest.raises(InputError, match=says):
        reads(look([tmp_path / "file"], Choices()), Naming())


_FUTURE = "3735683259,61837.63,0.02,1236.7526,1723161255342,true"


def test_futures_are_not_spot(written: Write, tmp_path: Path) -> None:
    """Their dumps lack isBestMatch, and have other ids for other trades."""
    spot = written("BTCUSDT-trades-2024-08-08.csv", [_DUMP])
    (tmp_path / "um").mkdir()
    headed = written("um/BTCUSDT-trades-2024-08-08.csv", ["id,price,qty,quote_qty,time,is_buyer_maker", _FUTURE])
    bare = written("um/ETHUSDT-aggTrades-2024-08-08.csv", [_AGG.rpartition(",")[0]])

    assert [source.exchange for source in look([spot, headed, bare], Choices())] == [
        "binance",
        "binance-futures",
        "binance-futures",
    ]
    assert look([headed], Choices(exchange="Binance"))[0].exchange == "binance"
    with pytest.raises(InputError, match="both spot and futures of BTC-USDT are given as one market"):
        look([spot, headed], Choices(exchange="binance"))
