import pytest

from coattail_common.contracts import Origin, Side, Trade
from coattail_connector import Cursor, ExchangeError, Reason, Refusal
from coattail_testing.connector import decoded
from ingest_coinbase import normalising
from ingest_coinbase.advanced_normalising import normalise
from ingest_coinbase.naming import markets_by_name

MARKETS = markets_by_name(["BTC-USD", "ETH-USD"])
RECEIVED = 1_675_974_043_489_531
ITEM = (
    '{"trade_id":"82062566","product_id":"ETH-USD","price":"1260.01","size":"0.3","side":"BUY",'
    '"time":"2023-02-09T20:20:43.4232Z"}'
)


def message(*trades: str, kind: str = "update") -> str:
    return (
        '{"channel":"market_trades","client_id":"","timestamp":"2023-02-09T20:20:43.50128835Z","sequence_num":3,'
        f'"events":[{{"type":"{kind}","trades":[{",".join(trades)}]}}]}}'
    )


FRAME = message(ITEM)
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


def item(trade_id: int, product: str = "ETH-USD") -> str:
    return ITEM.replace("82062566", str(trade_id)).replace("ETH-USD", product)


def test_an_update_is_a_trade_of_the_opposite_side() -> None:
    expected = Trade(
        event_id="coinbase:ETH-USD:82062566",
        exchange="coinbase",
        symbol="ETH-USD",
        base="ETH",
        quote="USD",
        trade_id=82062566,
        price="1260.01",
        quantity="0.3",
        quote_volume="378.003",
        side=Side.SELL,
        timestamp=1_675_974_043_423_200,
        ingestion_timestamp=RECEIVED,
        origin=Origin.STREAM,
    )
    assert messages(FRAME) == messages(FRAME.encode()) == (expected,)
    (bought,) = messages(changed('"BUY"', '"SELL"'))
    assert isinstance(bought, Trade)
    assert bought.side is Side.BUY


def test_it_is_the_trade_of_the_other_feed() -> None:
    match = (
        '{"type":"match","trade_id":82062566,"side":"buy","size":"0.3","price":"1260.01","product_id":"ETH-USD",'
        '"sequence":50,"time":"2023-02-09T20:20:43.423200Z"}'
    )
    assert messages(FRAME) == decoded(normalising.normalise(MARKETS, match, RECEIVED))


def test_a_time_finer_than_a_microsecond_is_cut() -> None:
    """Rounded up it would be the next day, in another partition, and another trade than that of REST of the same id."""
    (trade,) = messages(changed("2023-02-09T20:20:43.4232Z", "2023-02-09T23:59:59.999999999Z"))
    assert isinstance(trade, Trade)
    assert trade.timestamp == 1_675_987_199_999_999


def test_a_bad_time_costs_no_other() -> None:
    found = messages(message(item(9).replace("2023-02-09T20", "2023-02-30T20"), item(8)))
    assert [one.trade_id for one in found if isinstance(one, Trade)] == [8]
    assert [one.reason for one in found if isinstance(one, Refusal)] == [Reason.INVALID]


@pytest.mark.parametrize(("number", "amount"), NUMBERS.items())
def test_amounts_that_are_json_numbers_keep_their_digits(number: str, amount: str) -> None:
    (priced,) = messages(changed('"price":"1260.01"', f'"price":{number}'))
    (sized,) = messages(changed('"size":"0.3"', f'"size": {number} '))
    (both,) = messages(changed('"price":"1260.01"', f'"price":{number}').replace('"size":"0.3"', '"size":2'))
    assert isinstance(priced, Trade)
    assert isinstance(sized, Trade)
    assert isinstance(both, Trade)
    assert (priced.price, priced.quantity) == (amount, "0.3")
    assert (sized.price, sized.quantity) == ("1260.01", amount)
    assert (both.price, both.quantity) == (amount, "2")
    (plain,) = messages(changed('"price":"1260.01"', f'"price":"{number}"'))
    assert priced == plain


def test_a_batch_is_told_newest_first_and_handed_on_in_order() -> None:
    found = messages(message(item(9), item(8), item(7), item(4, "BTC-USD"), item(3, "BTC-USD")))
    by_market = {
        symbol: [one.trade_id for one in found if isinstance(one, Trade) and one.symbol == symbol]
        for symbol in ("ETH-USD", "BTC-USD")
    }
    assert by_market == {"ETH-USD": [7, 8, 9], "BTC-USD": [3, 4]}


def test_a_snapshot_says_where_each_market_stands() -> None:
    found = messages(message(item(9), item(8), item(4, "BTC-USD"), item(1, "NO-USD"), kind="snapshot"))
    assert {one for one in found if isinstance(one, Cursor)} == {Cursor("ETH-USD", 9), Cursor("BTC-USD", 4)}
    assert [one.reason for one in found if isinstance(one, Refusal)] == [Reason.UNKNOWN_SYMBOL]
    assert messages(message(kind="snapshot")) == ()


def test_one_that_is_no_good_costs_no_other() -> None:
    refused, good = messages(message(item(9).replace('"BUY"', '"HOLD"'), item(8)))
    assert isinstance(refused, Refusal)
    assert isinstance(good, Trade)
    assert (refused.reason, good.trade_id) == (Reason.INVALID, 8)


@pytest.mark.parametrize(
    "quiet",
    [
        '{"channel":"subscriptions","client_id":"","timestamp":"2023-02-09T20:33:57.609931463Z","sequence_num":0,'
        '"events":[{"subscriptions":{"market_trades":["ETH-USD"]}}]}',
        '{"channel":"heartbeats","client_id":"","timestamp":"2023-06-23T20:31:26.122969572Z","sequence_num":0,'
        '"events":[{"current_time":"2023-06-23 20:31:56.121961769 +0000 UTC m=+91717.525857105",'
        '"heartbeat_counter":"3049"}]}',
    ],
)
def test_what_needs_no_reaction_is_quiet(quiet: str) -> None:
    assert messages(quiet) == ()


def test_errors_are_the_exchanges_own_words() -> None:
    assert messages('{"type":"error","message":"authentication failure"}') == (ExchangeError("authentication failure"),)
    assert messages('{"type":"error","message":" "}') == (ExchangeError("an error without a message"),)


@pytest.mark.parametrize(
    ("frame", "reason", "detail"),
    [
        ("", Reason.MALFORMED, "truncated"),
        (FRAME[:200], Reason.MALFORMED, "truncated"),
        (b"\xff\xfe", Reason.MALFORMED, ""),
        ("[" * 100_000, Reason.INVALID, "got `array`"),
        ("{}", Reason.INCOMPLETE, "`events`"),
        ('{"channel":"level2","events":[]}', Reason.UNEXPECTED, "channel 'level2'"),
        ('{"channel":"market_trades"}', Reason.INCOMPLETE, "`events`"),
        (changed('"update"', '"rumour"'), Reason.INVALID, "`$.events[0].type`"),
        (changed('"price":"1260.01",', ""), Reason.INCOMPLETE, "`price`"),
        (changed('"82062566"', '"abc"'), Reason.INVALID, "`$.trade_id`"),
        (changed('"82062566"', '"-1"'), Reason.INVALID, "`$.trade_id`"),
        (changed('"size":"0.3"', '"size":null'), Reason.INVALID, "`$.size`"),
        (changed('"size":"0.3"', '"size":["0.3"]'), Reason.INVALID, "`$.size`"),
        (changed('"size":"0.3"', '"size":-0.3'), Reason.AMOUNT, "'-0.3'"),
        (changed('"BUY"', '"buy"'), Reason.INVALID, "`$.side`"),
        (changed("2023-02-09T20:20:43.4232Z", "yesterday"), Reason.INVALID, "`$.time`"),
        (changed("2023-02-09T20:20:43.4232Z", "0001-01-01T00:00:00.0000Z"), Reason.TIME, "82062566"),
        (changed('"0.3"', '"0"'), Reason.AMOUNT, "above zero"),
        (changed("1260.01", "NaN"), Reason.AMOUNT, "'NaN'"),
        (changed("ETH-USD", "NOSUCH-USD"), Reason.UNKNOWN_SYMBOL, "'NOSUCH-USD'"),
    ],
)
def test_what_is_no_good_trade_is_refused_with_a_reason(frame: str | bytes, reason: Reason, detail: str) -> None:
    (refused,) = messages(frame)
    assert isinstance(refused, Refusal)
    assert refused.reason is reason
    assert detail in refused.detail
