from collections import Counter
from pathlib import Path

import pytest

from coattail_common.contracts import Side
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
    return list(rows(lines, _source(format), Naming(), skipped, lambda _: None)), skipped


@pytest.mark.parametrize(
    ("prefix", "received"),
    [
        (b"1723161254087896568 ", 1723161254087896),
        (b"1723161254.0878965: ", 1723161254087896),
        (b"1723161254087 ", 1723161254087000),
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
        found = list(rows(file, source, Naming(), counted, lambda _: None))

    assert sum(row.trade is not None for row in found) == len(found) == trades
    assert skipped.items() <= counted.items()
