import msgspec

from coattail_common.connector import Reason, Refusal, market, streamed_trade
from coattail_common.connector.trades import EARLIEST, LATEST
from coattail_common.contracts import Origin, Side, Trade
from coattail_common.lines import decode_trade, encode_trade

BTC = market("binance", "BTC-USDT")
NOON = 1_723_161_255_342_000


def trade(**changed: object) -> Trade | Refusal:
    fields = {"trade_id": 7, "price": "61837.63000000", "quantity": "0.02000000", "timestamp": NOON} | changed
    return streamed_trade(BTC, side=Side.SELL, received_at=NOON + 5, **fields)  # type: ignore[arg-type]


def test_the_fields_and_the_exchanges_own_digits_survive() -> None:
    assert trade() == Trade(
        event_id="binance:BTC-USDT:7",
        exchange="binance",
        symbol="BTC-USDT",
        base="BTC",
        quote="USDT",
        trade_id=7,
        price="61837.63000000",
        quantity="0.02000000",
        quote_volume="1236.7526000000000000",
        side=Side.SELL,
        timestamp=NOON,
        ingestion_timestamp=NOON + 5,
        origin=Origin.STREAM,
    )


def test_it_is_a_valid_line() -> None:
    made = trade()
    assert isinstance(made, Trade)
    assert decode_trade(encode_trade(made)) == made
    assert msgspec.convert(msgspec.to_builtins(made), Trade) == made


def test_a_receivers_slow_clock_is_no_reason_to_refuse() -> None:
    assert isinstance(trade(timestamp=NOON + 3_600_000_000), Trade)


def test_absurd_times_are_refused() -> None:
    for timestamp in (EARLIEST - 1, LATEST, 0, -62_135_596_800_000_000, NOON * 1000):
        refused = trade(timestamp=timestamp)
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.TIME
        assert str(timestamp) in refused.detail


def test_a_bad_amount_is_refused_and_named() -> None:
    refused = trade(quantity="-1")
    assert refused == Refusal(
        Reason.AMOUNT,
        "trade 7: quantity '-1' is not a plain decimal of at most 20 digits before the point and 18 after it",
    )
