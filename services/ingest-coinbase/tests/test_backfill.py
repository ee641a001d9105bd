"""Past trades, from answers as the exchange's documentation shows them."""

from collections.abc import AsyncIterator

import pytest

from coattail_common.connector import BackfillRefusedError, Gap, Reason, Refusal, RestClient
from coattail_common.connector.testing import FakeRest, MovedClock, decoded
from coattail_common.contracts import Origin, Side, Trade
from ingest_coinbase.backfill import CoinbaseBackfill, rate_limit


def past(trade_id: int, side: str = "sell") -> str:
    return (
        f'{{"trade_id":{trade_id},"side":"{side}","size":"0.01000000","price":"91000.10000000",'
        '"time":"2026-01-05T09:58:40.123456Z"}'
    )


@pytest.fixture
async def rest() -> AsyncIterator[FakeRest]:
    async with FakeRest() as one:
        yield one


@pytest.fixture
async def backfill(rest: FakeRest) -> AsyncIterator[CoinbaseBackfill]:
    one = CoinbaseBackfill(RestClient(rest.url, rate_limit()), now=MovedClock())
    yield one
    await one.close()


async def test_a_past_trade_is_normalised_as_a_new_one(backfill: CoinbaseBackfill, rest: FakeRest) -> None:
    rest.answers = [(200, {"CB-AFTER": "6"}, f"[{past(7, 'buy')},{past(6)}]")]
    first, second = decoded(await backfill.fetch(Gap("BTC-USD", 6, 7)))
    assert rest.asked == ["/products/BTC-USD/trades?after=8&limit=2"]
    assert isinstance(first, Trade)
    assert isinstance(second, Trade)
    assert (first.event_id, first.origin) == ("coinbase:BTC-USD:6", Origin.BACKFILL)
    assert (first.price, first.quantity) == ("91000.10000000", "0.01000000")
    assert (first.timestamp, first.ingestion_timestamp) == (1_767_607_120_123_456, 1_700_000_000_000_000)
    assert (first.side, second.side) == (Side.BUY, Side.SELL)


async def test_it_pages_back_as_far_as_there_is_anything(backfill: CoinbaseBackfill, rest: FakeRest) -> None:
    rest.answers = [
        (200, {"CB-AFTER": "9"}, f"[{past(10)},{past(9)}]"),
        (200, {"CB-AFTER": "7"}, f"[{past(8)},{past(7)}]"),
        (200, {}, "[]"),
    ]
    answers = decoded(await backfill.fetch(Gap("BTC-USD", 5, 10)))
    assert [one.trade_id for one in answers if isinstance(one, Trade)] == [7, 8, 9, 10]
    assert [query.partition("after=")[2] for query in rest.asked] == ["11&limit=6", "9&limit=4", "7&limit=2"]


async def test_a_cursor_that_does_not_go_back_ends_the_paging(backfill: CoinbaseBackfill, rest: FakeRest) -> None:
    rest.answers = [(200, {"CB-AFTER": "11"}, f"[{past(10)}]")]
    assert len(await backfill.fetch(Gap("BTC-USD", 5, 10))) == 1


async def test_a_cursor_of_thousands_of_digits_ends_the_paging(backfill: CoinbaseBackfill, rest: FakeRest) -> None:
    rest.answers = [(200, {"CB-AFTER": "0" * 5_000}, f"[{past(10)}]")]
    assert len(await backfill.fetch(Gap("BTC-USD", 5, 10))) == 1


async def test_the_latest_trade_of_a_market(backfill: CoinbaseBackfill, rest: FakeRest) -> None:
    rest.answers = [(200, {}, f"[{past(7)}]"), (200, {}, "[]")]
    assert await backfill.latest("BTC-USD") == 7
    assert rest.asked == ["/products/BTC-USD/trades?limit=1"]
    assert await backfill.latest("BTC-USD") is None


async def test_a_bad_trade_costs_no_other(backfill: CoinbaseBackfill, rest: FakeRest) -> None:
    rest.answers = [(200, {}, f"[{past(7)},{past(6, 'up')}]")]
    bad, good = decoded(await backfill.fetch(Gap("BTC-USD", 6, 7)))
    assert isinstance(bad, Refusal)
    assert bad.reason is Reason.INVALID
    assert isinstance(good, Trade)


async def test_a_product_that_is_gone_is_refused_for_good(backfill: CoinbaseBackfill, rest: FakeRest) -> None:
    rest.answers = [(404, {}, '{"message":"NotFound"}')]
    with pytest.raises(BackfillRefusedError, match="NotFound"):
        await backfill.fetch(Gap("BTC-USD", 6, 7))
