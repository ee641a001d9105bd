"""Past trades, from answers as the exchange's documentation shows them."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from coattail_common.contracts import Origin, Side, Trade
from coattail_connector import BackfillRefusedError, Gap, Reason, Refusal, RestClient
from coattail_testing.connector import FakeRest, MovedClock, decoded
from ingest_coinbase.backfill import CoinbaseBackfill, rate_limit
from ingest_coinbase.naming import markets_by_name
from ingest_coinbase.normalising import normalise


def past(trade_id: int, side: str = "sell", time: str = "2026-01-05T09:58:40.123456Z") -> str:
    return f'{{"trade_id":{trade_id},"side":"{side}","size":"0.01000000","price":"91000.10000000","time":"{time}"}}'


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


@pytest.mark.parametrize(
    "headers",
    [{}, {"CB-AFTER": "11"}, {"CB-AFTER": "12"}, {"CB-AFTER": "0" * 5_000}, {"CB-AFTER": "0"}, {"CB-AFTER": ""}],
    ids=["no", "where-it-was", "further-on", "thousands-of-digits", "zero", "empty"],
)
async def test_without_a_cursor_it_goes_on_from_the_oldest(
    headers: dict[str, str], backfill: CoinbaseBackfill, rest: FakeRest
) -> None:
    """An answer may lack a usable `CB-AFTER`; the trades before it exist all the same."""
    rest.answers = [
        (200, headers, f"[{past(10)},{past(9)}]"),
        (200, headers, f"[{past(8)},{past(7)}]"),
        (200, headers, f"[{past(6)},{past(5)}]"),
    ]
    answers = decoded(await backfill.fetch(Gap("BTC-USD", 5, 10)))
    assert [one.trade_id for one in answers if isinstance(one, Trade)] == [5, 6, 7, 8, 9, 10]
    assert [query.partition("after=")[2] for query in rest.asked] == ["11&limit=6", "9&limit=4", "7&limit=2"]


@pytest.mark.parametrize("last", ["", "10,9", "12,11"], ids=["nothing", "the-same-again", "newer"])
async def test_an_answer_with_nothing_older_ends_the_paging(
    last: str, backfill: CoinbaseBackfill, rest: FakeRest
) -> None:
    again = ",".join(past(int(trade_id)) for trade_id in last.split(",") if trade_id)
    rest.answers = [(200, {}, f"[{past(10)},{past(9)}]"), (200, {}, f"[{again}]")]
    answers = decoded(await backfill.fetch(Gap("BTC-USD", 5, 10)))
    assert [one.trade_id for one in answers if isinstance(one, Trade)] == [9, 10]
    assert len(rest.asked) == 2


async def test_a_page_of_bad_trades_is_passed_by_its_cursor(backfill: CoinbaseBackfill, rest: FakeRest) -> None:
    rest.answers = [
        (200, {"CB-AFTER": "9"}, f"[{past(10, 'up')},{past(9, 'up')}]"),
        (200, {"CB-AFTER": "7"}, f"[{past(8)},{past(7)}]"),
    ]
    answers = decoded(await backfill.fetch(Gap("BTC-USD", 7, 10)))
    assert [one.trade_id if isinstance(one, Trade) else one.reason for one in answers] == [
        Reason.INVALID,
        Reason.INVALID,
        7,
        8,
    ]


async def test_amounts_that_are_json_numbers_keep_their_digits(backfill: CoinbaseBackfill, rest: FakeRest) -> None:
    number = past(7).replace('"0.01000000"', "0.010").replace('"91000.10000000"', "1e-8")
    rest.answers = [(200, {}, f"[{number},{past(6).replace('"0.01000000"', 'null')}]"), (200, {}, "[]")]
    refused, trade = decoded(await backfill.fetch(Gap("BTC-USD", 6, 7)))
    assert isinstance(refused, Refusal)
    assert (refused.reason, "`$.size`" in refused.detail) == (Reason.INVALID, True)
    assert isinstance(trade, Trade)
    assert (trade.quantity, trade.price) == ("0.010", "0.00000001")


async def test_a_time_finer_than_a_microsecond_is_cut(backfill: CoinbaseBackfill, rest: FakeRest) -> None:
    """Rounded up it would be the next day, in another partition, and another trade than the stream's of this id."""
    time = "2026-01-05T23:59:59.999999999Z"
    match = (
        '{"type":"match","trade_id":7,"side":"sell","size":"0.01000000","price":"91000.10000000",'
        f'"product_id":"BTC-USD","sequence":50,"time":"{time}"}}'
    )
    rest.answers = [(200, {}, f"[{past(7, time=time)}]")]
    (past_trade,) = decoded(await backfill.fetch(Gap("BTC-USD", 7, 7)))
    (streamed,) = decoded(normalise(markets_by_name(["BTC-USD"]), match, 1_700_000_000_000_000))
    assert isinstance(past_trade, Trade)
    assert isinstance(streamed, Trade)
    assert past_trade.timestamp == 1_767_657_599_999_999
    assert past_trade == msgspec.structs.replace(streamed, origin=Origin.BACKFILL)


async def test_the_latest_trade_of_a_market(backfill: CoinbaseBackfill, rest: FakeRest) -> None:
    rest.answers = [(200, {}, f"[{past(7)}]"), (200, {}, "[]")]
    assert await backfill.latest("BTC-USD") == 7
    assert rest.asked == ["/products/BTC-USD/trades?limit=1"]
    assert await backfill.latest("BTC-USD") is None


@pytest.mark.parametrize(
    ("worse", "path"),
    [(past(6, "up"), "`$.side`"), (past(6, time="yesterday"), "`$.time`"), (past(6, time="2026-01-05"), "`$.time`")],
)
async def test_a_bad_trade_costs_no_other(worse: str, path: str, backfill: CoinbaseBackfill, rest: FakeRest) -> None:
    rest.answers = [(200, {"CB-AFTER": "6"}, f"[{past(7)},{worse}]")]
    bad, good = decoded(await backfill.fetch(Gap("BTC-USD", 6, 7)))
    assert isinstance(bad, Refusal)
    assert bad.reason is Reason.INVALID
    assert path in bad.detail
    assert isinstance(good, Trade)


async def test_a_product_that_is_gone_is_refused_for_good(backfill: CoinbaseBackfill, rest: FakeRest) -> None:
    rest.answers = [(404, {}, '{"message":"NotFound"}')]
    with pytest.raises(BackfillRefusedError, match="NotFound"):
        await backfill.fetch(Gap("BTC-USD", 6, 7))
