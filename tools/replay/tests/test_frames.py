import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from coattail_common.contracts import Side
from coattail_replay import bounded, frames
from coattail_replay.errors import InputError
from coattail_replay.formats import Format
from coattail_replay.frames import Row, rows
from coattail_replay.naming import Naming
from coattail_replay.opening import unpacked
from coattail_replay.sources import Choices, Source, look

_TRADE = b'{"stream":"btcusdt@trade","data":{"e":"trade","s":"BTCUSDT","t":7,"p":"61837.63","q":"0.02","T":1723161255342,"m":true}}'
_MATCH = (
    b'{"type":"match","trade_id":9,"side":"buy","size":"0.5","price":"90000.10","product_id":"BTC-USD",'
    b'"time":"2026-01-05T10:00:01.000123Z"}'
)
_ITEM = (
    b'{"symbol":"BTC/USD","side":"sell","price":90000.10,"qty":0.5,"ord_type":"limit","trade_id":%d,'
    b'"timestamp":"2026-01-05T10:00:01.000123Z"}'
)


def _source(format: Format) -> Source:  # noqa: A002  (as it is called)
    return Source(number=0, path=Path("recording"), kind=format, exchange=format.exchange)


def _read(lines: list[bytes], format: Format) -> tuple[list[Row], Counter[str]]:  # noqa: A002
    skipped: Counter[str] = Counter()
    told = ((line, len(line)) for line in lines)
    return list(rows(told, _source(format), Naming(), skipped, lambda _: None)), skipped


@pytest.mark.parametrize(
    ("prefix", "received"),
    [
        (b"1723161254087896568 ", 1723161254087896),
        (b"1723161254.0878965: ", 1723161254087896),
        (b"1723161254087 ", 1723161254087000),
        # Finer than a microsecond: cut, never rounded.
        (b"1723161254087896999 ", 1723161254087896),
        (b"1723161254.087896" + b"9" * 30 + b" ", 1723161254087896),
        (b"1723161254087.8969: ", 1723161254087896),
        # Without a receive time the trade's own is the clock.
        (b"", 1723161255342000),
    ],
)
def test_the_receive_time_is_the_lines(prefix: bytes, received: int) -> None:
    found, _ = _read([prefix + _TRADE + b"\n"], Format.BINANCE_FRAMES)

    trade = found[0].trade
    assert trade is not None
    assert (trade.symbol, trade.trade_id, trade.side) == ("BTC-USDT", 7, Side.SELL)
    assert (trade.ingestion_timestamp, trade.timestamp, trade.origin) == (received, 1723161255342000, "backfill")


def test_a_coinbase_match_is_turned_to_the_takers_side() -> None:
    found, _ = _read([_MATCH], Format.COINBASE_FRAMES)

    trade = found[0].trade
    assert trade is not None
    assert (trade.symbol, trade.side, trade.quote_volume, trade.timestamp % 1_000_000) == (
        "BTC-USD",
        "sell",
        "45000.050",
        123,
    )


def test_each_trade_of_a_kraken_update_is_one() -> None:
    lines = [
        b'{"channel":"heartbeat"}',
        b'{"channel":"trade","type":"snapshot","data":[%b]}' % (_ITEM % 6),
        b'{"channel":"trade","type":"update","data":[%b,%b]}' % (_ITEM % 7, _ITEM % 8),
        b'{"channel":"trade","type":"update","data":[%b]}' % (_ITEM % 9).replace(b"0.5", b"-0.5"),
    ]
    found, skipped = _read(lines, Format.KRAKEN_FRAMES)

    told = [(row.number, row.trade.trade_id if row.trade else None, row.refused_by) for row in found]
    assert told == [(3, 7, None), (3, 8, None), (4, None, "invalid.amount")]
    assert found[0].trade is not None
    assert (found[0].trade.symbol, found[0].trade.side, found[0].trade.price) == ("BTC-USD", "sell", "90000.10")
    assert skipped == {"heartbeat": 1, "trade": 1}


_ADVANCED = b'{"trade_id":"%d","product_id":"BTC-USD","price":"90000.10","size":"0.5","side":"BUY","time":"2026-01-05T10:00:01.000123Z"}'
_MESSAGE = (
    b'{"channel":"market_trades","client_id":"","timestamp":"2026-01-05T10:00:01Z","sequence_num":1,"events":'
    b'[{"type":"%b","trades":[%b]}]}'
)


def test_a_coinbase_advanced_message_is_read_as_its_connector_reads_it() -> None:
    lines = [
        b'{"channel":"l2_data","sequence_num":0,"events":[]}',
        _MESSAGE % (b"snapshot", _ADVANCED % 6),
        _MESSAGE % (b"update", b",".join((_ADVANCED % 8, _ADVANCED % 7))),
    ]

    found, skipped = _read(lines, Format.COINBASE_ADVANCED_FRAMES)

    trades = [row.trade for row in found if row.trade is not None]
    assert [(one.exchange, one.trade_id, one.side, one.price) for one in trades] == [
        ("coinbase", 7, "sell", "90000.10"),
        ("coinbase", 8, "sell", "90000.10"),
    ]
    assert skipped == {"l2_data": 1, "market_trades": 1}


def test_a_raw_stream_of_binance_is_read_as_a_combined_one() -> None:
    raw = _TRADE.removeprefix(b'{"stream":"btcusdt@trade","data":').removesuffix(b"}")
    last = b'{"T":1723161255342,"s":"BTCUSDT","t":8,"p":"61837.63","q":"0.02","m":true,"e":"trade"}'

    found, skipped = _read([raw, last, raw.replace(b'"0.02"', b'"x"'), b'{"e":"depthUpdate"}'], Format.BINANCE_FRAMES)
    combined, _ = _read([_TRADE], Format.BINANCE_FRAMES)

    assert found[0] == combined[0]
    assert [row.trade and row.trade.trade_id for row in found] == [7, 8, None]
    assert [row.refused_by for row in found] == [None, None, "invalid.amount"]
    assert skipped == {"depthUpdate": 1}


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        ("0.1", "0.1"),
        ("61837.6300", "61837.6300"),
        ("2e-8", "0.00000002"),
        ("1E-07", "0.0000001"),
        ("1.5e+3", "1500"),
        ("12", "12"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("12345678901234567.8", "12345678901234567.8"),
    ],
)
@pytest.mark.parametrize("format", [Format.BINANCE_FRAMES, Format.COINBASE_FRAMES, Format.COINBASE_ADVANCED_FRAMES])
def test_a_number_in_place_of_a_text_is_its_digits(format: Format, number: str, digits: str) -> None:  # noqa: A002
    told = number.encode()
    frame = {
        Format.BINANCE_FRAMES: _TRADE.replace(b'"61837.63"', b"1").replace(b'"0.02"', told),
        Format.COINBASE_FRAMES: _MATCH.replace(b'"0.5"', b" %b " % told).replace(b'"90000.10"', b"1"),
        Format.COINBASE_ADVANCED_FRAMES: _MESSAGE
        % (b"update", _ADVANCED.replace(b'"0.5"', told).replace(b'"90000.10"', b"1") % 7),
    }[format]

    found, _ = _read([frame], format)

    assert [row.trade and (row.trade.price, row.trade.quantity) for row in found] == [("1", digits)]


def test_a_number_that_is_no_amount_is_refused_with_the_line_as_it_was() -> None:
    lines = [
        _TRADE.replace(b'"0.02"', b"-2e-8"),
        _TRADE.replace(b'"0.02"', b"1e-19"),
        _TRADE.replace(b'"0.02"', b"true"),
    ]

    found, _ = _read(lines, Format.BINANCE_FRAMES)

    assert [row.refused_by for row in found] == ["invalid.amount", "invalid.amount", "invalid.frame"]
    assert [row.line for row in found] == lines


_FUTURE = _TRADE.replace(b'"m":true', b'"X":"MARKET","m":true')


@pytest.mark.parametrize(
    ("told", "exchanges"),
    [
        (None, ["binance", "binance-futures"]),
        ("binance", ["binance"] * 2),
        ("binance-us", ["binance-us"] * 2),
        # It is said for the files that do not say it themselves.
        ("kraken", ["binance", "binance-futures"]),
    ],
)
def test_frames_of_futures_are_not_spot(told: str | None, exchanges: list[str], tmp_path: Path) -> None:
    path = tmp_path / "recording"
    path.write_bytes(_TRADE + b"\n" + _FUTURE + b"\n")

    source = look([path], Choices(exchange=told))[0]
    found = list(rows(((line, len(line)) for line in (_TRADE, _FUTURE)), source, Naming(), Counter(), lambda _: None))

    assert [row.trade and row.trade.exchange for row in found] == exchanges


@pytest.mark.parametrize("is_array", [False, True], ids=["lines", "array"])
def test_a_frame_that_is_too_large_is_refused_and_no_other(
    is_array: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order book of over a MiB among the first frames refused the file."""
    monkeypatch.setattr(frames, "_LONGEST", 3 << 20)
    book = b'{"stream":"btcusdt@depth","data":{"bids":[%b]}}' % b",".join([b'["61837.63","0.02"]'] * 70_000)
    several = [book, _TRADE, book * 3, _TRADE.replace(b'"t":7', b'"t":8')]
    path = tmp_path / "recording"
    path.write_bytes(b"[%b]" % b",\n".join(several) if is_array else b"\n".join(several))
    skipped: Counter[str] = Counter()

    source = look([path], Choices())[0]
    (tmp_path / "made").mkdir()
    skipped = frames.spool(source, Naming(), tmp_path / "made", lambda _: None)

    table = pq.read_table(tmp_path / "made" / "0.parquet").to_pylist()
    assert [(row["trade_id"], row["verdict"], row["row"]) for row in table] == [
        (7, None, 2),
        (None, "malformed.too_large", 3),
        (8, None, 4),
    ]
    assert len(table[1]["line"]) == 4096
    assert skipped == {"depth": 1}


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_of_frames_is_a_recording(indent: int | None, tmp_path: Path) -> None:
    path = tmp_path / "recording.json"
    path.write_text(json.dumps([json.loads(_MATCH), json.loads(_MATCH.replace(b":9", b":10"))], indent=indent))

    source = look([path], Choices())[0]
    (tmp_path / "made").mkdir()
    frames.spool(source, Naming(), tmp_path / "made", lambda _: None)

    assert source.format is Format.COINBASE_FRAMES
    table = pq.read_table(tmp_path / "made" / "0.parquet").to_pylist()
    assert [(row["trade_id"], row["price"], row["row"]) for row in table] == [(9, "90000.10", 1), (10, "90000.10", 2)]


def test_other_messages_are_skipped_and_counted_by_kind() -> None:
    lines = [
        b"wss://stream.example <-> 1618677816.84",
        b"\n",
        _TRADE,
        b'{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate"}}',
        b'{"stream":"btcusdt@bookTicker","data":{"u":1}}',
        b'{"result":null,"id":7}',
        b'{"e":"serverShutdown","E":1780000000123}',
        b'{"lastUpdateId":1,"bids":[]}',
    ]

    found, skipped = _read(lines, Format.BINANCE_FRAMES)

    assert [row.number for row in found] == [3]
    assert skipped == {"depth@100ms": 1, "bookTicker": 1, "serverShutdown": 1, "other": 2}


def test_a_trade_that_the_connector_refuses_keeps_its_reason_and_its_bytes() -> None:
    lines = [
        _TRADE.replace(b'"0.02"', b'"0.-10000"'),
        _TRADE.replace(b"1723161255342", b"-5"),
        _TRADE.replace(b'"p":"61837.63",', b""),
        _TRADE.replace(b'"t":7', b'"t":"seven"'),
        b"12345 {not json}",
        b"no frame at all",
    ]

    found, skipped = _read(lines, Format.BINANCE_FRAMES)

    assert [row.refused_by for row in found] == [
        "invalid.amount",
        "invalid.timestamp",
        "incomplete.frame",
        "invalid.frame",
        "malformed.frame",
        "malformed.frame",
    ]
    assert [row.line for row in found] == lines
    assert not skipped


def test_a_market_that_cannot_be_told_stops_it() -> None:
    with pytest.raises(InputError, match=r"recording, line 1: 'NOTHING' .* name the market by --symbols"):
        _read([_TRADE.replace(b"BTCUSDT", b"NOTHING")], Format.BINANCE_FRAMES)


@pytest.mark.parametrize(
    ("name", "trades", "skipped"),
    [
        ("binance_spot/btcusdt_20240808.gz", 9_757, {}),
        ("binance_spot/ethusdt_20240808.gz", 6_106, {}),
        ("coinbase_exchange/COINBASE.ws.28.0.gz", 97, {"last_match": 10, "subscriptions": 3}),
    ],
)
def test_a_recording_of_the_real_exchange(name: str, trades: int, skipped: dict[str, int], recordings: Path) -> None:
    source = look([recordings / name], Choices())[0]
    counted: Counter[str] = Counter()

    with unpacked(source.path) as file:
        found = list(rows(bounded.lines(file, 1 << 20), source, Naming(), counted, lambda _: None))

    assert sum(row.trade is not None for row in found) == len(found) == trades
    assert skipped.items() <= counted.items()
