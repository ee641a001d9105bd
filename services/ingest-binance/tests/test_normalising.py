import pytest

from coattail_common.contracts import Origin, Side, Trade
from coattail_connector import ConnectionEnd, ExchangeError, Reason, Refusal
from coattail_testing.connector import decoded
from ingest_binance.naming import markets_by_name
from ingest_binance.normalising import normalise

MARKETS = markets_by_name(["BTC-USDT", "SOL-USDT"])
RECEIVED = 1_723_161_254_087_896
FRAME = (
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,'
    '"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}'
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


def refusal(frame: str | bytes) -> Refusal:
    (message,) = messages(frame)
    assert isinstance(message, Refusal)
    return message


def changed(old: str, new: str) -> str:
    assert old in FRAME
    return FRAME.replace(old, new)


def test_a_trade() -> None:
    expected = Trade(
        event_id="binance:BTC-USDT:3735683259",
        exchange="binance",
        symbol="BTC-USDT",
        base="BTC",
        quote="USDT",
        trade_id=3735683259,
        price="61837.63000000",
        quantity="0.02000000",
        quote_volume="1236.7526000000000000",
        side=Side.SELL,
        timestamp=1_723_161_255_342_000,
        ingestion_timestamp=RECEIVED,
        origin=Origin.STREAM,
    )
    assert messages(FRAME) == messages(FRAME.encode()) == (expected,)


def test_a_seller_who_made_was_bought_from() -> None:
    (trade,) = messages(changed('"m":true', '"m":false'))
    assert isinstance(trade, Trade)
    assert trade.side is Side.BUY


def test_the_order_of_the_fields_does_not_matter() -> None:
    shuffled = (
        '{"data":{"m":true,"T":1723161255342,"q":"1","p":"2","t":5,"s":"SOLUSDT","e":"trade"},"stream":"solusdt@trade"}'
    )
    (trade,) = messages(shuffled)
    assert isinstance(trade, Trade)
    assert (trade.symbol, trade.trade_id, trade.quote_volume) == ("SOL-USDT", 5, "2")


@pytest.mark.parametrize(("number", "amount"), NUMBERS.items())
def test_amounts_that_are_json_numbers_keep_their_digits(number: str, amount: str) -> None:
    (priced,) = messages(changed('"p":"61837.63000000"', f'"p":{number}'))
    (sized,) = messages(changed('"q":"0.02000000"', f'"q": {number} '))
    (both,) = messages(changed('"p":"61837.63000000"', f'"p":{number}').replace('"q":"0.02000000"', '"q":2'))
    assert isinstance(priced, Trade)
    assert isinstance(sized, Trade)
    assert isinstance(both, Trade)
    assert (priced.price, priced.quantity) == (amount, "0.02000000")
    assert (sized.price, sized.quantity) == ("61837.63000000", amount)
    assert (both.price, both.quantity) == (amount, "2")
    (plain,) = messages(changed('"p":"61837.63000000"', f'"p":"{number}"'))
    assert priced == plain


@pytest.mark.parametrize(
    ("frame", "reason", "detail"),
    [
        ("", Reason.MALFORMED, "truncated"),
        (FRAME[:80], Reason.MALFORMED, "truncated"),
        ("<html>502 Bad Gateway</html>", Reason.MALFORMED, "malformed"),
        (b"\xff\xfe", Reason.MALFORMED, ""),
        ('{"stream":"x","data":{"e":"trade","s":"\\ud800"}}', Reason.MALFORMED, ""),
        ("[" * 100_000, Reason.INVALID, "got `array`"),
        ("null", Reason.INVALID, "got `null`"),
        ("[]", Reason.INVALID, "got `array`"),
        (changed('"p":"61837.63000000",', ""), Reason.INCOMPLETE, "`p` - at `$.data`"),
        (changed('"T":1723161255342,', ""), Reason.INCOMPLETE, "`T` - at `$.data`"),
        (changed('"t":3735683259', '"t":"3735683259"'), Reason.INVALID, "`$.data.t`"),
        (changed('"t":3735683259', '"t":-1'), Reason.INVALID, "`$.data.t`"),
        (changed('"t":3735683259', '"t":9223372036854775808'), Reason.INVALID, "`$.data.t`"),
        (changed('"p":"61837.63000000"', '"p":null'), Reason.INVALID, "`$.data.p`"),
        (changed('"p":"61837.63000000"', '"p":[1]'), Reason.INVALID, "`$.data.p`"),
        (changed('"p":"61837.63000000"', '"p":true'), Reason.INVALID, "`$.data.p`"),
        (changed('"p":"61837.63000000"', '"p":-1'), Reason.AMOUNT, "'-1'"),
        (changed('"p":"61837.63000000"', '"p":0.0'), Reason.AMOUNT, "above zero"),
        (changed('"p":"61837.63000000"', '"p":NaN'), Reason.MALFORMED, "malformed"),
        (changed('"m":true', '"m":"maybe"'), Reason.INVALID, "`$.data.m`"),
        (changed("61837.63000000", "NaN"), Reason.AMOUNT, "'NaN'"),
        (changed("61837.63000000", "6.1e-19"), Reason.AMOUNT, "'6.1e-19'"),
        (changed("0.02000000", "0.00000000"), Reason.AMOUNT, "above zero"),
        (changed("0.02000000", "-0.02000000"), Reason.AMOUNT, "'-0.02000000'"),
        (changed("0.02000000", "0.-10000"), Reason.AMOUNT, "'0.-10000'"),
        (changed('"T":1723161255342', '"T":0'), Reason.TIME, "3735683259"),
        (changed('"T":1723161255342', '"T":-62135596800000'), Reason.TIME, "3735683259"),
        (changed('"T":1723161255342', '"T":1723161255342000'), Reason.TIME, "3735683259"),
        (changed('"s":"BTCUSDT"', '"s":"NOSUCHUSDT"'), Reason.UNKNOWN_SYMBOL, "'NOSUCHUSDT' at `$.data.s`"),
        (changed('"e":"trade"', '"e":"aggTrade"'), Reason.UNEXPECTED, "btcusdt@trade"),
        ('{"e":"trade","s":"BTCUSDT","t":1,"p":"1","q":"1","T":1,"m":true}', Reason.UNEXPECTED, "combined stream"),
        ('{"lastUpdateId":1,"bids":[],"asks":[]}', Reason.UNEXPECTED, "no known kind"),
    ],
)
def test_what_is_no_good_trade_is_refused_with_a_reason(frame: str | bytes, reason: Reason, detail: str) -> None:
    refused = refusal(frame)
    assert refused.reason is reason
    assert detail in refused.detail


@pytest.mark.parametrize(
    "frame",
    [
        '{"e":"serverShutdown","E":1780000000123}',
        '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1780000000123}}',
    ],
)
def test_an_announced_end(frame: str) -> None:
    assert messages(frame) == (ConnectionEnd(),)


@pytest.mark.parametrize("result", ["null", "true", '["btcusdt@trade"]'])
def test_answers_are_quiet(result: str) -> None:
    assert messages(f'{{"result":{result},"id":7}}') == ()


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        ('{"code":2,"msg":"Invalid request: too many parameters"}', "2: Invalid request: too many parameters"),
        ('{"error":{"code":2,"msg":"Invalid request"},"id":10}', "subscribe: 2: Invalid request"),
        ('{"error":{"code":2,"msg":"Invalid request"}}', "2: Invalid request"),
        ('{"code":2}', "2: no message"),
    ],
)
def test_errors_are_the_exchanges_own_words(frame: str, text: str) -> None:
    assert messages(frame) == (ExchangeError(text),)
