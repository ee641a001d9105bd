import pytest

from coattail_common.contracts import Origin, Side, Trade
from coattail_connector import Cursor, ExchangeError, Reason, Refusal, streamed
from coattail_testing.connector import decoded
from ingest_kraken.naming import markets_by_name, named
from ingest_kraken.normalising import normalise

MARKETS = markets_by_name(["BTC-USD", "POL-USD"])
RECEIVED = 1_695_628_177_829_531
ITEM = (
    '{"symbol":"POL/USD","side":"sell","price":0.5117,"qty":40.0,"ord_type":"market","trade_id":4665906,'
    '"timestamp":"2023-09-25T07:49:37.708706Z"}'
)
FRAME = f'{{"channel":"trade","type":"update","data":[{ITEM}]}}'


def messages(frame: str | bytes) -> tuple[object, ...]:
    return decoded(normalise(MARKETS, frame, RECEIVED))


def changed(old: str, new: str) -> str:
    assert old in FRAME
    return FRAME.replace(old, new)


def frame(*items: str, kind: str = "update") -> str:
    return f'{{"channel":"trade","type":"{kind}","data":[{",".join(items)}]}}'


def item(trade_id: int, symbol: str = "POL/USD") -> str:
    return ITEM.replace("4665906", str(trade_id)).replace("POL/USD", symbol)


def test_an_update_is_a_trade_of_the_takers_side() -> None:
    expected = Trade(
        event_id="kraken:POL-USD:4665906",
        exchange="kraken",
        symbol="POL-USD",
        base="POL",
        quote="USD",
        trade_id=4665906,
        price="0.5117",
        quantity="40.0",
        quote_volume="20.46800",
        side=Side.SELL,
        timestamp=1_695_628_177_708_706,
        ingestion_timestamp=RECEIVED,
        origin=Origin.STREAM,
    )
    assert messages(FRAME) == messages(FRAME.encode()) == (expected,)


@pytest.mark.parametrize(
    "number", ["61837.10", "0.00000001", "12345678901.12345678", "98765432.123456789", "40", "0.100000000000000000"]
)
def test_numbers_keep_their_digits(number: str) -> None:
    (price,) = messages(changed("0.5117", number))
    (quantity,) = messages(changed("40.0", number))
    assert isinstance(price, Trade)
    assert isinstance(quantity, Trade)
    assert (price.price, quantity.quantity) == (number, number)


@pytest.mark.parametrize(
    ("time", "micros"),
    [
        ("2023-09-25T07:49:37.708706Z", 1_695_628_177_708_706),
        ("2023-09-25T07:49:37.7087069Z", 1_695_628_177_708_706),
        ("2023-09-25T23:59:59.999999999Z", 1_695_686_399_999_999),
        ("2023-09-25T07:49:37Z", 1_695_628_177_000_000),
    ],
)
def test_a_time_finer_than_a_microsecond_is_cut(time: str, micros: int) -> None:
    """Rounded up it could be the next day, in another partition, and another trade than that of REST of the same id."""
    (trade,) = messages(changed("2023-09-25T07:49:37.708706Z", time))
    assert isinstance(trade, Trade)
    assert trade.timestamp == micros


def test_a_bad_time_costs_no_other() -> None:
    bad, good = messages(frame(item(1).replace("2023-09-25", "2023-09-31"), item(2)))
    assert isinstance(bad, Refusal)
    assert (bad.reason, isinstance(good, Trade)) == (Reason.INVALID, True)


def test_a_frame_may_hold_several_trades() -> None:
    trades = messages(frame(item(1), item(2), item(7, "BTC/USD")))
    assert [(one.symbol, one.trade_id) for one in trades if isinstance(one, Trade)] == [
        ("POL-USD", 1),
        ("POL-USD", 2),
        ("BTC-USD", 7),
    ]


def test_one_that_is_no_good_costs_no_other() -> None:
    bad, good, unknown = messages(frame(item(1), item(2).replace('"sell"', '"hold"'), item(3, "NO/USD")))
    assert isinstance(bad, Refusal)
    assert (bad.reason, isinstance(good, Trade)) == (Reason.INVALID, True)
    assert isinstance(unknown, Refusal)
    assert unknown.reason is Reason.UNKNOWN_SYMBOL


def test_a_snapshot_says_where_each_market_stands() -> None:
    snapshot = frame(item(8), item(9), item(7), item(3, "BTC/USD"), item(5, "NO/USD"), kind="snapshot")
    pol, btc, unknown = messages(snapshot)
    assert (pol, btc) == (Cursor("POL-USD", 9), Cursor("BTC-USD", 3))
    assert isinstance(unknown, Refusal)
    assert messages(frame(kind="snapshot")) == ()


def test_a_snapshot_with_a_bad_trade_says_it_too() -> None:
    refused, cursor = messages(frame(item(8), item(9).replace('"sell"', "7"), kind="snapshot"))
    assert isinstance(refused, Refusal)
    assert (refused.reason, cursor) == (Reason.INVALID, Cursor("POL-USD", 8))


@pytest.mark.parametrize(
    "quiet",
    [
        '{"channel":"heartbeat"}',
        '{"channel":"status","type":"update","data":[{"api_version":"v2","connection_id":13834774380200032777,'
        '"system":"online","version":"2.0.0"}]}',
        '{"method":"subscribe","result":{"channel":"trade","snapshot":true,"symbol":"BTC/USD"},"success":true,'
        '"time_in":"2023-09-25T09:04:31.742599Z","time_out":"2023-09-25T09:04:31.742648Z"}',
        '{"method":"pong","req_id":101,"time_in":"2023-09-24T14:10:23.799685Z","time_out":"2023-09-24T14:10:23.799703Z"}',
    ],
)
def test_what_needs_no_reaction_is_quiet(quiet: str) -> None:
    assert messages(quiet) == ()


@pytest.mark.parametrize(
    ("frame", "text"),
    [
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
)
def test_complaints_are_the_exchanges_own_words(frame: str, text: str) -> None:
    assert messages(frame) == (ExchangeError(text),)


@pytest.mark.parametrize(
    ("frame", "reason", "detail"),
    [
        ("", Reason.MALFORMED, "truncated"),
        (FRAME[:80], Reason.MALFORMED, "truncated"),
        ("<html>502 Bad Gateway</html>", Reason.MALFORMED, "malformed"),
        (b"\xff\xfe", Reason.MALFORMED, ""),
        ("[" * 100_000, Reason.INVALID, "got `array`"),
        ("{}", Reason.UNEXPECTED, "channel None"),
        ('{"channel":5}', Reason.INVALID, "`$.channel`"),
        ('{"channel":"book","type":"update","data":[]}', Reason.UNEXPECTED, "channel 'book'"),
        ('{"channel":"status","data":[]}', Reason.INVALID, "`$.data`"),
        ('{"channel":"trade","data":[]}', Reason.INCOMPLETE, "`type`"),
        ('{"channel":"trade","type":"update","data":{}}', Reason.INVALID, "`$.data`"),
        (changed('"update"', '"rumour"'), Reason.INVALID, "`$.type`"),
        (changed('"price":0.5117,', ""), Reason.INCOMPLETE, "`price`"),
        (changed('"trade_id":4665906', '"trade_id":"4665906"'), Reason.INVALID, "`$.trade_id`"),
        (changed('"trade_id":4665906', '"trade_id":-1'), Reason.INVALID, "`$.trade_id`"),
        (changed('"side":"sell"', '"side":"hold"'), Reason.INVALID, "`$.side`"),
        (changed("2023-09-25T07:49:37.708706Z", "yesterday"), Reason.INVALID, "`$.timestamp`"),
        (changed("2023-09-25T07:49:37.708706Z", "2023-09-25T07:49:37.708706"), Reason.INVALID, "`$.timestamp`"),
        (changed("2023-09-25T07:49:37.708706Z", "0001-01-01T00:00:00.000000Z"), Reason.TIME, "4665906"),
        (changed("40.0", "0.0"), Reason.AMOUNT, "above zero"),
        (changed("40.0", "-40.0"), Reason.AMOUNT, "'-40.0'"),
        (changed("40.0", "4e-19"), Reason.AMOUNT, "'4e-19'"),
        (changed("40.0", '"40.0"'), Reason.AMOUNT, "'\"40.0\"'"),
        (changed("40.0", "[40.0]"), Reason.AMOUNT, "'[40.0]'"),
        (changed("0.5117", "null"), Reason.AMOUNT, "'null'"),
        (changed("0.5117", "NaN"), Reason.MALFORMED, "malformed"),
        (changed("POL/USD", "NOSUCH/USD"), Reason.UNKNOWN_SYMBOL, "'NOSUCH/USD'"),
    ],
)
def test_what_is_no_good_trade_is_refused_with_a_reason(frame: str | bytes, reason: Reason, detail: str) -> None:
    (refused,) = messages(frame)
    assert isinstance(refused, Refusal)
    assert refused.reason is reason
    assert detail in refused.detail


@pytest.mark.parametrize(
    ("symbol", "feed", "rest"),
    [("BTC-USD", "BTC/USD", "XBTUSD"), ("DOGE-BTC", "DOGE/BTC", "XDGXBT"), ("SOL-USDT", "SOL/USDT", "SOLUSDT")],
)
def test_the_feed_and_rest_have_names_of_their_own(symbol: str, feed: str, rest: str) -> None:
    ((name, market),) = markets_by_name([symbol]).items()
    in_rest, rest_name = named(symbol)
    assert (name, streamed(in_rest), rest_name) == (feed, market, rest)
