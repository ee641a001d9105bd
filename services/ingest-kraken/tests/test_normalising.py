"""Frames as the exchange's documentation shows them, and its names of markets."""

import pytest

from coattail_common.contracts import Side, Trade
from coattail_connector import Cursor, Reason, Refusal, streamed
from coattail_testing.conformance.frames import Fields, FrameCase, Frames, changed, frame_cases
from coattail_testing.records import a_trade
from ingest_kraken.naming import markets_by_name, named
from ingest_kraken.normalising import normalise

ITEM = (
    '{"symbol":"POL/USD","side":"sell","price":0.5117,"qty":40.0,"ord_type":"market","trade_id":4665906,'
    '"timestamp":"2023-09-25T07:49:37.708706Z"}'
)


def frame(*items: str, kind: str = "update") -> str:
    return f'{{"channel":"trade","type":"{kind}","data":[{",".join(items)}]}}'


def item(trade_id: int, symbol: str = "POL/USD") -> str:
    return ITEM.replace("4665906", str(trade_id)).replace("POL/USD", symbol)


FRAME = frame(ITEM)


FRAMES = Frames(
    normalise=normalise,
    markets=markets_by_name(["BTC-USD", "POL-USD"]),
    frame=FRAME,
    trade=a_trade(
        4665906,
        exchange="kraken",
        symbol="POL-USD",
        price="0.5117",
        quantity="40.0",
        side=Side.SELL,
        timestamp=1_695_628_177_708_706,
    ),
    fields=Fields(trade_id="trade_id", symbol="symbol", price="price", quantity="qty", side="side", time="timestamp"),
    other_side='"buy"',
    amounts_are_numbers=True,
    refused=[
        ("{}", Reason.UNEXPECTED, "channel None"),
        ('{"channel":5}', Reason.INVALID, "`$.channel`"),
        ('{"channel":"book","type":"update","data":[]}', Reason.UNEXPECTED, "channel 'book'"),
        ('{"channel":"status","data":[]}', Reason.INVALID, "`$.data`"),
        ('{"channel":"trade","data":[]}', Reason.INCOMPLETE, "`type`"),
        ('{"channel":"trade","type":"update","data":{}}', Reason.INVALID, "`$.data`"),
        (changed(FRAME, '"update"', '"rumour"'), Reason.INVALID, "`$.type`"),
        (changed(FRAME, '"trade_id":4665906', '"trade_id":"4665906"'), Reason.INVALID, "`$.trade_id`"),
        (changed(FRAME, "40.0", '"40.0"'), Reason.AMOUNT, "'\"40.0\"'"),
        (changed(FRAME, "40.0", "[40.0]"), Reason.AMOUNT, "'[40.0]'"),
        (changed(FRAME, "POL/USD", "NOSUCH/USD"), Reason.UNKNOWN_SYMBOL, "'NOSUCH/USD'"),
    ],
    quiet=[
        '{"channel":"heartbeat"}',
        '{"channel":"status","type":"update","data":[{"api_version":"v2","connection_id":13834774380200032777,'
        '"system":"online","version":"2.0.0"}]}',
        '{"method":"subscribe","result":{"channel":"trade","snapshot":true,"symbol":"BTC/USD"},"success":true,'
        '"time_in":"2023-09-25T09:04:31.742599Z","time_out":"2023-09-25T09:04:31.742648Z"}',
        '{"method":"pong","req_id":101,"time_in":"2023-09-24T14:10:23.799685Z","time_out":"2023-09-24T14:10:23.799703Z"}',
    ],
    errors=[
        (
            '{"error":"Currency pair not supported XXX/USD","method":"subscribe","success":false,"symbol":"XXX/USD"}',
            "subscribe: Currency pair not supported XXX/USD",
        ),
        (
            '{"error":"Market not available","method":"subscribe","success":false,"symbol":"XXX/USD"}',
            "subscribe: Market not available (XXX/USD)",
        ),
        ('{"error":"No","method":"subscribe","success":false,"symbol":7}', "subscribe: No"),
        ('{"error":"Malformed request"}', "request: Malformed request"),
        (
            '{"channel":"status","type":"update","data":[{"system":"maintenance"}]}',
            "the trading engine is in maintenance",
        ),
    ],
    samples=[frame(item(8), item(9), item(3, "BTC/USD"), kind=kind) for kind in ("update", "snapshot")],
)


@pytest.mark.parametrize("case", frame_cases(FRAMES), ids=str)
def test_frames(case: FrameCase) -> None:
    case.play()


def test_a_bad_time_costs_no_other() -> None:
    bad, good = FRAMES.messages(frame(item(1).replace("2023-09-25", "2023-09-31"), item(2)))
    assert isinstance(bad, Refusal)
    assert (bad.reason, isinstance(good, Trade)) == (Reason.INVALID, True)


def test_a_frame_may_hold_several_trades() -> None:
    trades = FRAMES.messages(frame(item(1), item(2), item(7, "BTC/USD")))
    assert [(one.symbol, one.trade_id) for one in trades if isinstance(one, Trade)] == [
        ("POL-USD", 1),
        ("POL-USD", 2),
        ("BTC-USD", 7),
    ]


def test_one_that_is_no_good_costs_no_other() -> None:
    bad, good, unknown = FRAMES.messages(frame(item(1), item(2).replace('"sell"', '"hold"'), item(3, "NO/USD")))
    assert isinstance(bad, Refusal)
    assert (bad.reason, isinstance(good, Trade)) == (Reason.INVALID, True)
    assert isinstance(unknown, Refusal)
    assert unknown.reason is Reason.UNKNOWN_SYMBOL


def test_a_snapshot_says_where_each_market_stands() -> None:
    snapshot = frame(item(8), item(9), item(7), item(3, "BTC/USD"), item(5, "NO/USD"), kind="snapshot")
    pol, btc, unknown = FRAMES.messages(snapshot)
    assert (pol, btc) == (Cursor("POL-USD", 9), Cursor("BTC-USD", 3))
    assert isinstance(unknown, Refusal)
    assert FRAMES.messages(frame(kind="snapshot")) == ()


def test_a_snapshot_with_a_bad_trade_says_it_too() -> None:
    refused, cursor = FRAMES.messages(frame(item(8), item(9).replace('"sell"', "7"), kind="snapshot"))
    assert isinstance(refused, Refusal)
    assert (refused.reason, cursor) == (Reason.INVALID, Cursor("POL-USD", 8))


@pytest.mark.parametrize(
    ("symbol", "feed", "rest"),
    [("BTC-USD", "BTC/USD", "XBTUSD"), ("DOGE-BTC", "DOGE/BTC", "XDGXBT"), ("SOL-USDT", "SOL/USDT", "SOLUSDT")],
)
def test_the_feed_and_rest_have_names_of_their_own(symbol: str, feed: str, rest: str) -> None:
    ((name, market),) = markets_by_name([symbol]).items()
    in_rest, rest_name = named(symbol)
    assert (name, streamed(in_rest), rest_name) == (feed, market, rest)
