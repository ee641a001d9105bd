"""Past trades, from answers as the exchange's documentation shows them."""

from collections.abc import AsyncIterator

import pytest

from coattail_common.contracts import Origin, Side, Trade
from coattail_connector import BackfillUnavailableError, Gap, Reason, Refusal, RestClient
from coattail_testing.connector import FakeRest, MovedClock, decoded
from ingest_binance.backfill import BinanceBackfill, rate_limit

GAP = Gap("BNB-BTC", 28457, 28459)


def past(trade_id: int, *, maker: str = "true", price: str = "4.00000100") -> str:
    return (
        f'{{"id":{trade_id},"price":"{price}","qty":"12.00000000","quoteQty":"48.000012","time":1499865549590,'
        f'"isBuyerMaker":{maker},"isBestMatch":true}}'
    )


@pytest.fixture
async def rest() -> AsyncIterator[FakeRest]:
    async with FakeRest() as one:
        yield one


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def backfill(rest: FakeRest, clock: MovedClock) -> AsyncIterator[BinanceBackfill]:
    one = BinanceBackfill(RestClient(rest.url, rate_limit()), now=clock)
    yield one
    await one.close()


async def test_a_past_trade_is_normalised_as_a_new_one(backfill: BinanceBackfill, rest: FakeRest) -> None:
    rest.answers = [(200, {}, f"[{past(28457)},{past(28458, maker='false')},{past(28460)}]")]
    first, second = decoded(await backfill.fetch(GAP))
    assert rest.asked == ["/api/v3/historicalTrades?fromId=28457&limit=3&symbol=BNBBTC"]
    assert isinstance(first, Trade)
    assert isinstance(second, Trade)
    assert (first.event_id, first.origin) == ("binance:BNB-BTC:28457", Origin.BACKFILL)
    assert (first.price, first.quantity, first.quote_volume) == ("4.00000100", "12.00000000", "48.0000120000000000")
    assert (first.timestamp, first.ingestion_timestamp) == (1_499_865_549_590_000, 1_700_000_000_000_000)
    assert (first.side, second.side) == (Side.SELL, Side.BUY)


async def test_the_latest_trade_of_a_market(backfill: BinanceBackfill, rest: FakeRest) -> None:
    rest.answers = [(200, {}, f"[{past(28457)}]"), (200, {}, "[]")]
    assert await backfill.latest("BNB-BTC") == 28457
    assert rest.asked == ["/api/v3/historicalTrades?limit=1&symbol=BNBBTC"]
    assert await backfill.latest("BNB-BTC") is None


async def test_a_bad_trade_costs_no_other(backfill: BinanceBackfill, rest: FakeRest) -> None:
    rest.answers = [(200, {}, f"[{past(28457, price='-1')},{{}},{past(28459)}]")]
    amount, incomplete, good = decoded(await backfill.fetch(GAP))
    assert isinstance(amount, Refusal)
    assert isinstance(incomplete, Refusal)
    assert (amount.reason, incomplete.reason) == (Reason.AMOUNT, Reason.INCOMPLETE)
    assert isinstance(good, Trade)


async def test_amounts_that_are_json_numbers_keep_their_digits(backfill: BinanceBackfill, rest: FakeRest) -> None:
    number = past(28457).replace('"4.00000100"', "4.010").replace('"12.00000000"', "1e-8")
    rest.answers = [(200, {}, f"[{number},{past(28458).replace('"4.00000100"', 'null')}]")]
    refused, trade = decoded(await backfill.fetch(GAP))
    assert isinstance(refused, Refusal)
    assert (refused.reason, "`$.price`" in refused.detail) == (Reason.INVALID, True)
    assert isinstance(trade, Trade)
    assert (trade.price, trade.quantity) == ("4.010", "0.00000001")


async def test_what_comes_in_another_order_is_handed_on_by_id(backfill: BinanceBackfill, rest: FakeRest) -> None:
    rest.answers = [(200, {}, f"[{past(28459)},{past(28457)},{past(28458)}]")]
    answers = decoded(await backfill.fetch(GAP))
    assert [one.trade_id for one in answers if isinstance(one, Trade)] == [28457, 28458, 28459]


async def test_a_used_weight_of_thousands_of_digits_is_none(backfill: BinanceBackfill, rest: FakeRest) -> None:
    rest.answers = [(200, {"X-MBX-USED-WEIGHT-1M": "9" * 5_000}, f"[{past(28457)}]")]
    assert len(await backfill.fetch(GAP)) == 1


async def test_a_page_that_is_none(backfill: BinanceBackfill, rest: FakeRest) -> None:
    rest.answers = [(200, {}, '{"code":-1000}')]
    with pytest.raises(BackfillUnavailableError):
        await backfill.fetch(GAP)


async def test_nearly_all_of_the_weight_used_waits_for_the_next_minute(rest: FakeRest, clock: MovedClock) -> None:
    limit = rate_limit()
    backfill = BinanceBackfill(RestClient(rest.url, limit, seconds=lambda: 0), now=clock)
    clock.forward(20)  # 33.333 s into a minute
    rest.answers = [(200, {"X-MBX-USED-WEIGHT-1M": used}, "[]") for used in ("5400", "5401")]
    await backfill.fetch(GAP)
    assert limit.delay(25, 0) == 0
    await backfill.fetch(GAP)
    assert limit.delay(25, 0) == pytest.approx(20)
    await backfill.close()
