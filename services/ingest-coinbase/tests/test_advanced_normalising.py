"""Frames of Advanced Trade as its documentation shows them."""

import pytest

from coattail_common.contracts import Side, Trade
from coattail_connector import Cursor, Reason, Refusal
from coattail_testing.conformance.frames import Fields, FrameCase, Frames, changed, frame_cases
from coattail_testing.connector import decoded
from coattail_testing.records import a_trade
from ingest_coinbase import normalising
from ingest_coinbase.advanced_normalising import normalise
from ingest_coinbase.naming import markets_by_name

ITEM = (
    '{"trade_id":"82062566","product_id":"ETH-USD","price":"1260.01","size":"0.3","side":"BUY",'
    '"time":"2023-02-09T20:20:43.4232Z"}'
)


def message(*trades: str, kind: str = "update") -> str:
    return (
        '{"channel":"market_trades","client_id":"","timestamp":"2023-02-09T20:20:43.50128835Z","sequence_num":3,'
        f'"events":[{{"type":"{kind}","trades":[{",".join(trades)}]}}]}}'
    )


def item(trade_id: int, product: str = "ETH-USD") -> str:
    return ITEM.replace("82062566", str(trade_id)).replace("ETH-USD", product)


FRAME = message(ITEM)


FRAMES = Frames(
    normalise=normalise,
    markets=markets_by_name(["BTC-USD", "ETH-USD"]),
    frame=FRAME,
    trade=a_trade(  # of the side that the maker did not take
        82062566,
        exchange="coinbase",
        symbol="ETH-USD",
        price="1260.01",
        quantity="0.3",
        side=Side.SELL,
        timestamp=1_675_974_043_423_200,
    ),
    fields=Fields(trade_id="trade_id", symbol="product_id", price="price", quantity="size", side="side", time="time"),
    other_side='"SELL"',
    refused=[
        ("{}", Reason.INCOMPLETE, "`events`"),
        (FRAME[:200], Reason.MALFORMED, "truncated"),
        ('{"channel":"level2","events":[]}', Reason.UNEXPECTED, "channel 'level2'"),
        ('{"channel":"market_trades"}', Reason.INCOMPLETE, "`events`"),
        (changed(FRAME, '"update"', '"rumour"'), Reason.INVALID, "`$.events[0].type`"),
        (changed(FRAME, '"size":"0.3"', '"size":["0.3"]'), Reason.INVALID, "`$.size`"),
        (changed(FRAME, '"BUY"', '"buy"'), Reason.INVALID, "`$.side`"),
        (changed(FRAME, '"0.3"', '"0"'), Reason.AMOUNT, "above zero"),
        (changed(FRAME, "ETH-USD", "NOSUCH-USD"), Reason.UNKNOWN_SYMBOL, "'NOSUCH-USD'"),
    ],
    quiet=[
        '{"channel":"subscriptions","client_id":"","timestamp":"2023-02-09T20:33:57.609931463Z","sequence_num":0,'
        '"events":[{"subscriptions":{"market_trades":["ETH-USD"]}}]}',
        '{"channel":"heartbeats","client_id":"","timestamp":"2023-06-23T20:31:26.122969572Z","sequence_num":0,'
        '"events":[{"current_time":"2023-06-23 20:31:56.121961769 +0000 UTC m=+91717.525857105",'
        '"heartbeat_counter":"3049"}]}',
    ],
    errors=[
        ('{"type":"error","message":"authentication failure"}', "authentication failure"),
        ('{"type":"error","message":" "}', "an error without a message"),
    ],
    samples=[message(item(9), item(8), item(4, "BTC-USD"), kind=kind) for kind in ("update", "snapshot")],
)


@pytest.mark.parametrize("case", frame_cases(FRAMES), ids=str)
def test_frames(case: FrameCase) -> None:
    case.play()


def test_it_is_the_trade_of_the_other_feed() -> None:
    match = (
        '{"type":"match","trade_id":82062566,"side":"buy","size":"0.3","price":"1260.01","product_id":"ETH-USD",'
        '"sequence":50,"time":"2023-02-09T20:20:43.423200Z"}'
    )
    assert FRAMES.messages(FRAME) == decoded(
        normalising.normalise(FRAMES.markets, match, FRAMES.trade.ingestion_timestamp)
    )


def test_a_bad_time_costs_no_other() -> None:
    found = FRAMES.messages(message(item(9).replace("2023-02-09T20", "2023-02-30T20"), item(8)))
    assert [one.trade_id for one in found if isinstance(one, Trade)] == [8]
    assert [one.reason for one in found if isinstance(one, Refusal)] == [Reason.INVALID]


def test_a_batch_is_told_newest_first_and_handed_on_in_order() -> None:
    found = FRAMES.messages(message(item(9), item(8), item(7), item(4, "BTC-USD"), item(3, "BTC-USD")))
    by_market = {
        symbol: [one.trade_id for one in found if isinstance(one, Trade) and one.symbol == symbol]
        for symbol in ("ETH-USD", "BTC-USD")
    }
    assert by_market == {"ETH-USD": [7, 8, 9], "BTC-USD": [3, 4]}


def test_a_snapshot_says_where_each_market_stands() -> None:
    found = FRAMES.messages(message(item(9), item(8), item(4, "BTC-USD"), item(1, "NO-USD"), kind="snapshot"))
    assert {one for one in found if isinstance(one, Cursor)} == {Cursor("ETH-USD", 9), Cursor("BTC-USD", 4)}
    assert [one.reason for one in found if isinstance(one, Refusal)] == [Reason.UNKNOWN_SYMBOL]
    assert FRAMES.messages(message(kind="snapshot")) == ()


def test_one_that_is_no_good_costs_no_other() -> None:
    refused, good = FRAMES.messages(message(item(9).replace('"BUY"', '"HOLD"'), item(8)))
    assert isinstance(refused, Refusal)
    assert isinstance(good, Trade)
    assert (refused.reason, good.trade_id) == (Reason.INVALID, 8)
