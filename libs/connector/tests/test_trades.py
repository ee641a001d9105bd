from functools import partial

import msgspec
import pytest

from coattail_common.contracts import Origin, Side, Trade
from coattail_common.lines import MarketName, TradeLine, decode_trade, trade_line
from coattail_connector import Reason, Refusal, fetched_trade, market, streamed
from coattail_connector.frames.trades import EARLIEST, LATEST, normalised

BTC = market("binance", "BTC-USDT")
NOON = 1_723_161_255_342_000


def trade(**changed: object) -> TradeLine | Refusal:
    fields = {"trade_id": 7, "price": "61837.63000000", "quantity": "0.02000000", "timestamp": NOON} | changed
    return normalised(BTC, Origin.STREAM, side=Side.SELL, received_at=NOON + 5, **fields)  # type: ignore[arg-type]


def test_the_fields_and_the_exchanges_own_digits_survive() -> None:
    made = trade()
    assert isinstance(made, TradeLine)
    assert decode_trade(made.line) == Trade(
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


def test_it_is_a_valid_line_and_goes_by_what_that_says() -> None:
    made = trade()
    assert isinstance(made, TradeLine)
    read = decode_trade(made.line)
    assert trade_line(read) == made
    assert msgspec.convert(msgspec.to_builtins(read), Trade) == read
    assert (made.market, made.trade_id) == (MarketName("binance", "BTC-USDT"), 7)
    assert (made.timestamp, made.ingestion_timestamp) == (NOON, NOON + 5)


@pytest.mark.parametrize("origin", list(Origin))
def test_it_says_whether_it_was_fetched(origin: Origin) -> None:
    make = {Origin.STREAM: streamed(BTC).streamed_trade, Origin.BACKFILL: partial(fetched_trade, BTC)}[origin]
    made = make(7, "61837.63000000", "0.02000000", Side.SELL, NOON, NOON + 5)
    assert made == normalised(BTC, origin, 7, "61837.63000000", "0.02000000", Side.SELL, NOON, NOON + 5)
    assert isinstance(made, TradeLine)
    assert decode_trade(made.line).origin is made.origin is origin


def test_a_receivers_slow_clock_is_no_reason_to_refuse() -> None:
    assert isinstance(trade(timestamp=NOON + 3_600_000_000), TradeLine)


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
