"""Frames as the exchange's documentation shows them."""

import pytest

from coattail_common.contracts import Side, Trade
from coattail_connector import ConnectionEnd, Reason
from coattail_testing.conformance.frames import Fields, FrameCase, Frames, changed, frame_cases
from coattail_testing.records import a_trade
from ingest_binance.naming import markets_by_name
from ingest_binance.normalising import normalise

ENDS = (
    '{"e":"serverShutdown","E":1780000000123}',
    '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1780000000123}}',
)
FRAME = (
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,'
    '"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}'
)


FRAMES = Frames(
    normalise=normalise,
    markets=markets_by_name(["BTC-USDT", "SOL-USDT"]),
    frame=FRAME,
    trade=a_trade(
        3735683259,
        exchange="binance",
        symbol="BTC-USDT",
        price="61837.63000000",
        quantity="0.02000000",
        side=Side.SELL,
        timestamp=1_723_161_255_342_000,
    ),
    fields=Fields(trade_id="t", symbol="s", price="p", quantity="q", side="m", time="T"),
    other_side="false",
    at="$.data",
    refused=[
        ('{"stream":"x","data":{"e":"trade","s":"\\ud800"}}', Reason.MALFORMED, ""),
        ("[]", Reason.INVALID, "got `array`"),
        (changed(FRAME, '"t":3735683259', '"t":"3735683259"'), Reason.INVALID, "`$.data.t`"),
        (changed(FRAME, '"T":1723161255342', '"T":0'), Reason.TIME, "3735683259"),
        (changed(FRAME, '"T":1723161255342', '"T":-62135596800000'), Reason.TIME, "3735683259"),
        (changed(FRAME, '"T":1723161255342', '"T":1723161255342000'), Reason.TIME, "3735683259"),
        (changed(FRAME, '"s":"BTCUSDT"', '"s":"NOSUCHUSDT"'), Reason.UNKNOWN_SYMBOL, "'NOSUCHUSDT' at `$.data.s`"),
        (changed(FRAME, '"e":"trade"', '"e":"aggTrade"'), Reason.UNEXPECTED, "btcusdt@trade"),
        ('{"e":"trade","s":"BTCUSDT","t":1,"p":"1","q":"1","T":1,"m":true}', Reason.UNEXPECTED, "combined stream"),
        ('{"lastUpdateId":1,"bids":[],"asks":[]}', Reason.UNEXPECTED, "no known kind"),
    ],
    quiet=[f'{{"result":{result},"id":7}}' for result in ("null", "true", '["btcusdt@trade"]')],
    errors=[
        ('{"code":2,"msg":"Invalid request: too many parameters"}', "2: Invalid request: too many parameters"),
        ('{"error":{"code":2,"msg":"Invalid request"},"id":10}', "subscribe: 2: Invalid request"),
        ('{"error":{"code":2,"msg":"Invalid request"}}', "2: Invalid request"),
        ('{"code":2}', "2: no message"),
    ],
    samples=ENDS,
)


@pytest.mark.parametrize("case", frame_cases(FRAMES), ids=str)
def test_frames(case: FrameCase) -> None:
    case.play()


def test_the_order_of_the_fields_does_not_matter() -> None:
    shuffled = (
        '{"data":{"m":true,"T":1723161255342,"q":"1","p":"2","t":5,"s":"SOLUSDT","e":"trade"},"stream":"solusdt@trade"}'
    )
    (trade,) = FRAMES.messages(shuffled)
    assert isinstance(trade, Trade)
    assert (trade.symbol, trade.trade_id, trade.quote_volume) == ("SOL-USDT", 5, "2")


@pytest.mark.parametrize("frame", ENDS)
def test_an_announced_end(frame: str) -> None:
    assert FRAMES.messages(frame) == (ConnectionEnd(),)
