"""Frames of Coinbase Exchange as its documentation shows them."""

import pytest

from coattail_common.contracts import Side
from coattail_connector import Cursor, Reason
from coattail_testing.conformance.frames import Fields, FrameCase, Frames, changed, frame_cases
from coattail_testing.records import a_trade
from ingest_coinbase.naming import markets_by_name
from ingest_coinbase.normalising import normalise

FRAME = (
    '{"type":"match","trade_id":280232,"maker_order_id":"2a0da34e-61f7-4c36-88e5-c9dd15927b16",'
    '"taker_order_id":"3c82abaa-c01e-4608-be59-6a1e69742891","side":"sell","size":"985","price":"0.00001305",'
    '"product_id":"SKL-BTC","sequence":177100030,"time":"2021-04-17T16:43:37.089723Z"}'
)
HEARTBEAT = (
    '{"type":"heartbeat","sequence":70000010,"last_trade_id":810001,"product_id":"BTC-USD",'
    '"time":"2026-01-05T10:00:01.000000Z"}'
)


LAST_MATCH = changed(FRAME, '"match"', '"last_match"')
FRAMES = Frames(
    normalise=normalise,
    markets=markets_by_name(["BTC-USD", "SKL-BTC"]),
    frame=FRAME,
    trade=a_trade(  # of the side that the maker did not take
        280232,
        exchange="coinbase",
        symbol="SKL-BTC",
        price="0.00001305",
        quantity="985",
        side=Side.BUY,
        timestamp=1_618_677_817_089_723,
    ),
    fields=Fields(trade_id="trade_id", symbol="product_id", price="price", quantity="size", side="side", time="time"),
    other_side='"buy"',
    refused=[
        ("{}", Reason.INCOMPLETE, "`type`"),
        ('{"type":5}', Reason.INVALID, "`$.type`"),
        (changed(FRAME, '"trade_id":280232', '"trade_id":"280232"'), Reason.INVALID, "`$.trade_id`"),
        (changed(FRAME, "SKL-BTC", "NOSUCH-USD"), Reason.UNKNOWN_SYMBOL, "'NOSUCH-USD' at `$.product_id`"),
        (LAST_MATCH.replace("SKL-BTC", "NO-USD"), Reason.UNKNOWN_SYMBOL, "'NO-USD'"),
        (changed(FRAME, '"match"', '"ticker"'), Reason.UNEXPECTED, "'ticker'"),
    ],
    quiet=['{"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD"]}]}'],
    errors=[
        (
            '{"type":"error","message":"Failed to subscribe","reason":"XXX-USD is not a valid product"}',
            "Failed to subscribe: XXX-USD is not a valid product",
        ),
        ('{"type":"error","message":"Malformed JSON"}', "Malformed JSON"),
        ('{"type":"error","message":"","reason":"no channel"}', "no channel"),
        ('{"type":"error"}', "an error without a message"),
        ('{"type":"error","message":" "}', "an error without a message"),
    ],
    samples=[LAST_MATCH, HEARTBEAT],
)


@pytest.mark.parametrize("case", frame_cases(FRAMES), ids=str)
def test_frames(case: FrameCase) -> None:
    case.play()


def test_the_last_match_is_a_cursor_and_no_trade() -> None:
    assert FRAMES.messages(LAST_MATCH) == (Cursor("SKL-BTC", 280232),)


def test_a_heartbeat_is_a_cursor() -> None:
    assert FRAMES.messages(HEARTBEAT) == (Cursor("BTC-USD", 810001),)
