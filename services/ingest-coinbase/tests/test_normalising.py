import pytest

from coattail_common.contracts import Origin, Side, Trade
from coattail_connector import Cursor, ExchangeError, Reason, Refusal
from coattail_testing.connector import decoded
from ingest_coinbase.naming import markets_by_name
from ingest_coinbase.normalising import normalise

MARKETS = markets_by_name(["BTC-USD", "SKL-BTC"])
RECEIVED = 1_618_677_817_129_531
FRAME = (
    '{"type":"match","trade_id":280232,"maker_order_id":"2a0da34e-61f7-4c36-88e5-c9dd15927b16",'
    '"taker_order_id":"3c82abaa-c01e-4608-be59-6a1e69742891","side":"sell","size":"985","price":"0.00001305",'
    '"product_id":"SKL-BTC","sequence":177100030,"time":"2021-04-17T16:43:37.089723Z"}'
)

NUMBERS = {
    "61837.63000000": "61837.63000000",
    "0.000000010": "0.000000010",
    "985": "985",
    "1e-8": "0.00000001",
    "1.5E+3": "1500",
    "12345678901.12345678": "12345678901.12345678",
}
"""JSON numbers, and the amounts that they are: the digits that are printed, which a float has not."""


def messages(frame: str | bytes) -> tuple[object, ...]:
    return decoded(normalise(MARKETS, frame, RECEIVED))


def changed(old: str, new: str) -> str:
    assert old in FRAME
    return FRAME.replace(old, new)


def test_a_match_is_a_trade_of_the_opposite_side() -> None:
    expected = Trade(
        event_id="coinbase:SKL-BTC:280232",
        exchange="coinbase",
        symbol="SKL-BTC",
        base="SKL",
        quote="BTC",
        trade_id=280232,
        price="0.00001305",
        quantity="985",
        quote_volume="0.01285425",
        side=Side.BUY,
        timestamp=1_618_677_817_089_723,
        ingestion_timestamp=RECEIVED,
        origin=Origin.STREAM,
    )
    assert messages(FRAME) == messages(FRAME.encode()) == (expected,)


def test_a_maker_that_bought_was_sold_to() -> None:
    (trade,) = messages(changed('"side":"sell"', '"side":"buy"'))
    assert isinstance(trade, Trade)
    assert trade.side is Side.SELL


@pytest.mark.parametrize(
    ("time", "micros"),
    [
        ("2021-04-17T16:43:37Z", 1_618_677_817_000_000),
        ("2021-04-17T16:43:37.0897Z", 1_618_677_817_089_700),
        ("2021-04-17T16:43:37.08972Z", 1_618_677_817_089_720),
        ("2021-04-17T16:43:37.089723Z", 1_618_677_817_089_723),
        ("2021-04-17T16:43:37.089723000Z", 1_618_677_817_089_723),
        ("2021-04-17T16:43:37.089723999Z", 1_618_677_817_089_723),
        ("2021-04-17T16:43:37.0897235Z", 1_618_677_817_089_723),
        ("2021-04-17T23:59:59.999999999Z", 1_618_703_999_999_999),
        ("2021-04-17T18:43:37.089723+02:00", 1_618_677_817_089_723),
    ],
)
def test_times_have_any_number_of_digits(time: str, micros: int) -> None:
    (trade,) = messages(changed("2021-04-17T16:43:37.089723Z", time))
    assert isinstance(trade, Trade)
    assert trade.timestamp == micros


@pytest.mark.parametrize(("number", "amount"), NUMBERS.items())
def test_amounts_that_are_json_numbers_keep_their_digits(number: str, amount: str) -> None:
    (priced,) = messages(changed('"price":"0.00001305"', f'"price":{number}'))
    (sized,) = messages(changed('"size":"985"', f'"size": {number} '))
    (both,) = messages(changed('"price":"0.00001305"', f'"price":{number}').replace('"size":"985"', '"size":2'))
    assert isinstance(priced, Trade)
    assert isinstance(sized, Trade)
    assert isinstance(both, Trade)
    assert (priced.price, priced.quantity) == (amount, "985")
    assert (sized.price, sized.quantity) == ("0.00001305", amount)
    assert (both.price, both.quantity) == (amount, "2")
    (plain,) = messages(changed('"price":"0.00001305"', f'"price":"{number}"'))
    assert priced == plain


def test_the_last_match_is_a_cursor_and_no_trade() -> None:
    assert messages(changed('"match"', '"last_match"')) == (Cursor("SKL-BTC", 280232),)


def test_a_heartbeat_is_a_cursor() -> None:
    frame = (
        '{"type":"heartbeat","sequence":70000010,"last_trade_id":810001,"product_id":"BTC-USD",'
        '"time":"2026-01-05T10:00:01.000000Z"}'
    )
    assert messages(frame) == (Cursor("BTC-USD", 810001),)


def test_an_acknowledgement_is_quiet() -> None:
    assert messages('{"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD"]}]}') == ()


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (
            '{"type":"error","message":"Failed to subscribe","reason":"XXX-USD is not a valid product"}',
            "Failed to subscribe: XXX-USD is not a valid product",
        ),
        ('{"type":"error","message":"Malformed JSON"}', "Malformed JSON"),
        ('{"type":"error","message":"","reason":"no channel"}', "no channel"),
        ('{"type":"error"}', "an error without a message"),
        ('{"type":"error","message":" "}', "an error without a message"),
    ],
)
def test_errors_are_the_exchanges_own_words(frame: str, text: str) -> None:
    assert messages(frame) == (ExchangeError(text),)


@pytest.mark.parametrize(
    ("frame", "reason", "detail"),
    [
        ("", Reason.MALFORMED, "truncated"),
        (FRAME[:80], Reason.MALFORMED, "truncated"),
        ("<html>502 Bad Gateway</html>", Reason.MALFORMED, "malformed"),
        (b"\xff\xfe", Reason.MALFORMED, ""),
        ("[" * 100_000, Reason.INVALID, "got `array`"),
        ("{}", Reason.INCOMPLETE, "`type`"),
        ('{"type":5}', Reason.INVALID, "`$.type`"),
        (changed('"price":"0.00001305",', ""), Reason.INCOMPLETE, "`price`"),
        (changed(',"time":"2021-04-17T16:43:37.089723Z"', ""), Reason.INCOMPLETE, "`time`"),
        (changed('"trade_id":280232', '"trade_id":"280232"'), Reason.INVALID, "`$.trade_id`"),
        (changed('"trade_id":280232', '"trade_id":-1'), Reason.INVALID, "`$.trade_id`"),
        (changed('"size":"985"', '"size":null'), Reason.INVALID, "`$.size`"),
        (changed('"size":"985"', '"size":{"a":1}'), Reason.INVALID, "`$.size`"),
        (changed('"size":"985"', '"size":-985'), Reason.AMOUNT, "'-985'"),
        (changed('"side":"sell"', '"side":"hold"'), Reason.INVALID, "`$.side`"),
        (changed("2021-04-17T16:43:37.089723Z", "yesterday"), Reason.INVALID, "`$.time`"),
        (changed("2021-04-17T16:43:37.089723Z", "2021-04-17T16:43:37.089723"), Reason.INVALID, "`$.time`"),
        (changed("2021-04-17T16:43:37.089723Z", "2021-04-31T16:43:37.089723Z"), Reason.INVALID, "`$.time`"),
        (changed('"2021-04-17T16:43:37.089723Z"', "1618677817"), Reason.INVALID, "`$.time`"),
        (changed("2021-04-17T16:43:37.089723Z", "0001-01-01T00:00:00.000000Z"), Reason.TIME, "280232"),
        (changed('"size":"985"', '"size":"0.-10000"'), Reason.AMOUNT, "'0.-10000'"),
        (changed('"size":"985"', '"size":"0"'), Reason.AMOUNT, "above zero"),
        (changed('"size":"985"', '"size":"-985"'), Reason.AMOUNT, "'-985'"),
        (changed("0.00001305", "NaN"), Reason.AMOUNT, "'NaN'"),
        (changed("0.00001305", "1.305e-19"), Reason.AMOUNT, "'1.305e-19'"),
        (changed("SKL-BTC", "NOSUCH-USD"), Reason.UNKNOWN_SYMBOL, "'NOSUCH-USD' at `$.product_id`"),
        (changed('"match"', '"last_match"').replace("SKL-BTC", "NO-USD"), Reason.UNKNOWN_SYMBOL, "'NO-USD'"),
        (changed('"match"', '"ticker"'), Reason.UNEXPECTED, "'ticker'"),
    ],
)
def test_what_is_no_good_trade_is_refused_with_a_reason(frame: str | bytes, reason: Reason, detail: str) -> None:
    (refused,) = messages(frame)
    assert isinstance(refused, Refusal)
    assert refused.reason is reason
    assert detail in refused.detail
