import pytest

from coattail_replay.columns import SideMeaning, parse
from coattail_replay.errors import InputError
from coattail_replay.formats import Format, Layout, as_told, recognise

_TRADE = '{"stream":"btcusdt@trade","data":{"e":"trade","s":"BTCUSDT"}}'
_UPDATE = '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","trade_id":1}]}'
_ADVANCED = (
    '{"channel":"market_trades","events":[{"type":"update","trades":[{"trade_id":"1","product_id":"BTC-USD"}]}]}'
)
_MATCH = '{"type":"match","trade_id":1,"product_id":"BTC-USD"}'


@pytest.mark.parametrize(
    ("lines", "format"),
    [
        ([_TRADE], Format.BINANCE_FRAMES),
        ([f"1723161254087896568 {_TRADE}"], Format.BINANCE_FRAMES),
        (["wss://a.stream", f"1633998512.0633569: {_TRADE}"], Format.BINANCE_FRAMES),
        ([_MATCH], Format.COINBASE_FRAMES),
        ([f"1618677817.061845: {_MATCH}"], Format.COINBASE_FRAMES),
        (['{"channel":"status","type":"update","data":[]}', _UPDATE], Format.KRAKEN_FRAMES),
        ([f"1618677817.061845: {_UPDATE}"], Format.KRAKEN_FRAMES),
        ([_TRADE.replace('"stream":"btcusdt@trade","data":{', "").removesuffix("}")], Format.BINANCE_FRAMES),
        ([_ADVANCED], Format.COINBASE_ADVANCED_FRAMES),
        (['{"channel":"subscriptions","sequence_num":0,"events":[]}', _ADVANCED], Format.COINBASE_ADVANCED_FRAMES),
        (["exchange,symbol,timestamp,local_timestamp,id,side,price,amount"], Format.TARDIS),
        (["bitmex,XBTUSD,1577836801481000,1577836801494000,b7f5-1,buy,7167.5,200"], Format.TARDIS),
        (["id,price,qty,quote_qty,time,is_buyer_maker"], Format.BINANCE_TRADES),
        (["id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch"], Format.BINANCE_TRADES),
        (["3735683259,61837.63,0.02,1236.7526,1723161255342,True,True"], Format.BINANCE_TRADES),
        (["3735683259,61837.63,0.02,1236.7526,1735689600000123,True,True"], Format.BINANCE_TRADES),
        (
            ["agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker"],
            Format.BINANCE_AGG_TRADES,
        ),
        (["26129,0.01633102,4.70443515,27781,27781,1498793709153,true,true"], Format.BINANCE_AGG_TRADES),
        (["exchange,symbol,trade_id,price,quantity,side,timestamp,ingestion_timestamp"], Format.CSV),
    ],
)
def test_a_format_shows_in_the_first_lines(lines: list[str], format: Format) -> None:  # noqa: A002  (as it is called)
    found = recognise(lines, "x", None)

    assert (found.format if isinstance(found, Layout) else found) is format
    assert as_told(format, lines, "x", None) == found


def test_a_dump_without_a_header_has_the_columns_of_one_with_it() -> None:
    found = recognise(["26129,0.01633102,4.70443515,27781,27781,1498793709153,true,true"], "x", None)

    assert isinstance(found, Layout)
    assert (found.has_header, found.columns.trade_id, found.columns.timestamp) == (False, "aggTradeId", "timestamp")


def test_a_header_may_call_columns_otherwise() -> None:
    found = recognise(["id,price,qty,quote_qty,time,is_buyer_maker"], "x", None)

    assert isinstance(found, Layout)
    assert found.columns.side == "is_buyer_maker"
    assert found.columns.side_meaning is SideMeaning.BUYER_MAKER


def test_any_csv_is_read_by_its_header_or_by_numbers() -> None:
    named = recognise(["when;px;size;dir"], "x", parse("timestamp=when,price=px,quantity=size,side=dir"))
    numbered = recognise(["1605499846,15993.5,0.02,BUY"], "x", parse("timestamp=1,price=2,quantity=3,side=4"))

    assert isinstance(named, Layout)
    assert isinstance(numbered, Layout)
    assert (named.has_header, named.delimiter, named.names) == (True, ";", ("when", "px", "size", "dir"))
    assert (numbered.has_header, numbered.names) == (False, ("1", "2", "3", "4"))


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["1605499846,15993.5,0.026472,ANY"], "the format is unknown; its first line is '1605499846,"),
        (["", "  "], "has no lines that say anything"),
        (['{"some": "json"}'], "JSON of neither .*Binance, Coinbase.* nor "),
    ],
)
def test_what_is_unknown_is_said_so(lines: list[str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        recognise(lines, "x", None)


@pytest.mark.parametrize(
    ("told", "line", "says"),
    [
        (Format.TARDIS, "a,b", "x is not tardis: its columns would be exchange, symbol"),
        (Format.CSV, "a,b", "x: --format csv needs --columns"),
        (Format.CSV, _TRADE, "x is not csv: it is binance-frames; leave --format out, or give binance-frames"),
        (Format.KRAKEN_FRAMES, _MATCH, "x is not kraken-frames: it is coinbase-frames"),
        (Format.COINBASE_FRAMES, _ADVANCED, "x is not coinbase-frames: it is coinbase-advanced-frames"),
        (Format.BINANCE_FRAMES, "ts,px,qty", "x is not binance-frames: it is csv"),
        (Format.BINANCE_FRAMES, "a,b", "x is not binance-frames: its first line is 'a,b'"),
        (Format.BINANCE_FRAMES, "", "x is not binance-frames: its first line is ''"),
        (Format.PARQUET, "a,b", "x is not parquet: its first line is 'a,b'"),
        (Format.BINANCE_TRADES, "26129,0.016,4.7,27781,27781,1498793709153,true,true", "it is binance-agg-trades"),
    ],
)
def test_a_format_that_the_file_contradicts_is_refused(told: Format, line: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        as_told(told, [line], "x", None)


def test_frames_of_an_unknown_kind_are_what_the_user_says() -> None:
    assert as_told(Format.KRAKEN_FRAMES, ['{"channel":"book"}'], "x", None) is Format.KRAKEN_FRAMES
