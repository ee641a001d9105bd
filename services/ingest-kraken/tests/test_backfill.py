"""Past trades, from answers as the exchange's documentation shows them."""

from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coattail_common.contracts import Origin, Side, Trade
from coattail_common.lines import TradeLine
from coattail_connector import (
    Answer,
    BackfillRefusedError,
    BackfillUnavailableError,
    Gap,
    RateLimit,
    Reason,
    Refusal,
    RestClient,
)
from coattail_testing.connector import FakeRest, MovedClock, decoded
from ingest_kraken.backfill import KrakenBackfill, rate_limit

BEGAN = 1_700_000_000


def row(trade_id: int, seconds: str = "1688669597.8277369", side: str = "b") -> str:
    return f'["30243.40000","0.34507674",{seconds},"{side}","m","",{trade_id}]'


def body(*rows: str) -> str:
    return f'{{"error":[],"result":{{"XXBTZUSD":[{",".join(rows)}],"last":"1688669597827736900"}}}}'


class FakeHistory(RestClient):
    """The REST API of a market with these times (s) of its trades, from id 1 on. Pages are of 1,000 trades."""

    def __init__(self, times: Sequence[Decimal]) -> None:
        self.nanos = [int(time * 10**9) for time in times]
        self.asked = 0

    async def get(
        self, path: str, query: Mapping[str, str], *, weight: float = 1, never: Callable[[bytes], bool] | None = None
    ) -> Answer:
        """See `RestClient.get`."""
        assert (path, query["pair"], weight) == ("/0/public/Trades", "XBTUSD", 1)
        assert never is not None
        self.asked += 1
        newest = len(self.nanos)
        first = bisect_right(self.nanos, int(query["since"])) if "since" in query else max(0, newest - 1000)
        found = range(first + 1, min(newest, first + 1000) + 1)
        return Answer({}, body(*(row(one, f"{Decimal(self.nanos[one - 1]) / 10**9:f}") for one in found)).encode())


class FakeKraken(RestClient):
    """The REST API of a market whose trade 1 happened at `BEGAN`, each `apart` (seconds) after the one before it but for
    those of one order: trades of the same hundred share their time. Pages are of `page` trades.
    """

    def __init__(self, newest: int, *, apart: str = "0.25", page: int = 1000, oldest: int = 1) -> None:
        self.newest = newest
        self.oldest = oldest
        self.asked: list[int | None] = []
        self._apart = Decimal(apart)
        self._page = page

    def at(self, trade_id: int) -> Decimal:
        """When it happened."""
        return BEGAN + self._apart * (trade_id // 100 * 100)

    async def get(
        self, path: str, query: Mapping[str, str], *, weight: float = 1, never: Callable[[bytes], bool] | None = None
    ) -> Answer:
        """See `RestClient.get`."""
        assert (path, query["pair"], weight) == ("/0/public/Trades", "XBTUSD", 1)
        assert never is not None
        since = int(query["since"]) if "since" in query else None
        self.asked.append(since)
        if since is None:
            found: Sequence[int] = range(max(self.oldest, self.newest - self._page + 1), self.newest + 1)
        else:
            after = (one for one in range(self.oldest, self.newest + 1) if self.at(one) * 10**9 > since)
            found = [one for one, _ in zip(after, range(self._page), strict=False)]
        return Answer({}, body(*(row(one, f"{self.at(one)}") for one in found)).encode())


def backfill(rest: RestClient) -> KrakenBackfill:
    return KrakenBackfill(rest, now=MovedClock())


def ids(answers: Sequence[TradeLine | Refusal]) -> list[int]:
    return [one.trade_id for one in answers if isinstance(one, TradeLine)]


@pytest.fixture
async def rest() -> AsyncIterator[FakeRest]:
    async with FakeRest() as one:
        yield one


@pytest.fixture
async def asking(rest: FakeRest) -> AsyncIterator[KrakenBackfill]:
    one = backfill(RestClient(rest.url, RateLimit(1000, 1000)))
    yield one
    await one.close()


async def test_a_past_trade_is_normalised_as_a_new_one(asking: KrakenBackfill, rest: FakeRest) -> None:
    rest.answers = [(200, {}, body(row(5), row(6), row(7, "1688669598.2804", "s"), row(8)))]
    first, second = decoded(await asking.fetch(Gap("BTC-USD", 6, 7)))
    assert rest.asked == ["/0/public/Trades?pair=XBTUSD"]
    assert isinstance(first, Trade)
    assert isinstance(second, Trade)
    assert (first.event_id, first.origin) == ("kraken:BTC-USD:6", Origin.BACKFILL)
    assert (first.price, first.quantity) == ("30243.40000", "0.34507674")
    assert (first.timestamp, first.ingestion_timestamp) == (1_688_669_597_827_736, 1_700_000_000_000_000)
    assert second.timestamp == 1_688_669_598_280_400
    assert (first.side, second.side) == (Side.BUY, Side.SELL)


async def test_a_recent_gap_is_among_the_latest() -> None:
    rest = FakeKraken(5_000)
    assert ids(await backfill(rest).fetch(Gap("BTC-USD", 4_200, 4_900))) == [*range(4_200, 4_901)]
    assert rest.asked == [None]


async def test_an_old_gap_is_looked_for_and_a_long_one_read_page_by_page() -> None:
    rest = FakeKraken(50_000)
    one = backfill(rest)
    found: list[int] = []
    for first in range(20_001, 25_001, 1000):
        found += ids(await one.fetch(Gap("BTC-USD", first, first + 999)))
    assert found == [*range(20_001, 25_001)]
    assert len(rest.asked) < 30, rest.asked


async def test_trades_that_share_their_time_are_found_across_pages() -> None:
    rest = FakeKraken(5_000, page=150)
    assert ids(await backfill(rest).fetch(Gap("BTC-USD", 3_000, 3_999))) == [*range(3_000, 4_000)]


async def test_more_trades_of_one_time_than_a_page_holds_end_the_paging() -> None:
    rest = FakeKraken(5_000, page=60)
    assert ids(await backfill(rest).fetch(Gap("BTC-USD", 4_941, 4_959))) == [*range(4_941, 4_960)]
    assert ids(await backfill(rest).fetch(Gap("BTC-USD", 4_880, 4_899))) == []
    assert len(rest.asked) < 20


@pytest.mark.parametrize("apart", ["0.000001", "3600"])
async def test_the_pace_of_the_market_does_not_matter(apart: str) -> None:
    rest = FakeKraken(9_000, apart=apart)
    assert ids(await backfill(rest).fetch(Gap("BTC-USD", 4_500, 5_499))) == [*range(4_500, 5_500)]
    assert len(rest.asked) < 20


@pytest.mark.parametrize("pause", [30, 900, 86_400, 30_000_000])
async def test_fetch_finds_a_gap_before_a_quiet_time(pause: int) -> None:
    """2,000 trades, a pause, 1,000 trades: one step back finds nothing earlier, but REST has every trade of the gap."""
    before = [BEGAN + Decimal(number) / 4 for number in range(2_000)]
    after = [before[-1] + pause + Decimal(number) / 4 for number in range(1_000)]
    rest = FakeHistory(before + after)
    assert ids(await backfill(rest).fetch(Gap("BTC-USD", 1_991, 2_000))) == [*range(1_991, 2_001)]
    assert rest.asked <= 80


@settings(max_examples=60)
@given(
    spells=st.lists(
        st.tuples(st.integers(1, 2_500), st.sampled_from(["0.000001", "0.01", "3", "600"]), st.integers(0, 10**8)),
        min_size=1,
        max_size=5,
    ),
    data=st.data(),
)
async def test_fetch_finds_every_trade_whatever_the_quiet_times(
    spells: Sequence[tuple[int, str, int]], data: st.DataObject
) -> None:
    """Each spell: so many trades, so far apart (s), after a pause (s). A gap is asked for again until it is filled, as it is in use."""
    times: list[Decimal] = []
    time = Decimal(1_400_000_000)
    for count, apart, pause in spells:
        time += pause
        for _ in range(count):
            time += Decimal(apart)
            times.append(time)
    first = data.draw(st.integers(1, len(times)))
    last = data.draw(st.integers(first, min(len(times), first + 999)))
    rest = FakeHistory(times)
    assert ids(await backfill(rest).fetch(Gap("BTC-USD", first, last))) == [*range(first, last + 1)]
    assert rest.asked <= 90, "about 80 to find the page, and some to read forward"


async def test_what_the_exchange_has_no_longer_or_not_yet_is_not_in_the_answer() -> None:
    rest = FakeKraken(5_000, oldest=3_500)
    assert ids(await backfill(rest).fetch(Gap("BTC-USD", 3_000, 3_999))) == [*range(3_500, 4_000)]
    assert ids(await backfill(rest).fetch(Gap("BTC-USD", 100, 199))) == []
    assert ids(await backfill(rest).fetch(Gap("BTC-USD", 4_950, 5_050))) == [*range(4_950, 5_001)]
    assert len(rest.asked) < 60, "the first trade there is shows only when since=0 was asked"


async def test_the_latest_trade_of_a_market(asking: KrakenBackfill, rest: FakeRest) -> None:
    rest.answers = [(200, {}, body(row(6), row(7))), (200, {}, body())]
    assert await asking.latest("BTC-USD") == 7
    assert await asking.latest("BTC-USD") is None


async def test_a_bad_trade_costs_no_other(asking: KrakenBackfill, rest: FakeRest) -> None:
    rest.answers = [(200, {}, body(row(5), row(6, side="x"), row(7), row(8, "null"), row(9)))]
    *bad, first, second = await asking.fetch(Gap("BTC-USD", 6, 9))
    assert [one.reason for one in bad if isinstance(one, Refusal)] == [Reason.INVALID, Reason.TIME]
    assert ids([first, second]) == [7, 9]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("EQuery:Unknown asset pair", BackfillRefusedError),
        ("EGeneral:Invalid arguments:since", BackfillRefusedError),
        ("EService:Unavailable", BackfillUnavailableError),
        ("EGeneral:Internal error", BackfillUnavailableError),
        ("EGeneral:Too many requests", BackfillUnavailableError),
        ("EService: Throttled: 1700000000", BackfillUnavailableError),
    ],
)
async def test_errors_come_with_status_200(
    asking: KrakenBackfill, rest: FakeRest, error: str, kind: type[Exception]
) -> None:
    rest.answers = [(200, {}, msgspec.json.encode({"error": [error]}).decode())]
    with pytest.raises(kind, match=error):
        await asking.fetch(Gap("BTC-USD", 6, 7))


def test_it_asks_half_as_often_as_the_exchange_allows() -> None:
    limit = rate_limit()
    limit.spend(1, 0)
    assert limit.delay(1, 0) == 2


async def test_it_waits_when_it_asked_too_fast(rest: FakeRest) -> None:
    limit = RateLimit(1000, 1000)
    asking = backfill(RestClient(rest.url, limit, seconds=lambda: 5.0))
    rest.answers = [(200, {}, '{"error":["EAPI:Rate limit exceeded"]}')]
    with pytest.raises(BackfillUnavailableError):
        await asking.fetch(Gap("BTC-USD", 6, 7))
    await asking.close()
    assert limit.delay(1, 5.0) == 5.0


@pytest.mark.parametrize("text", ["<html>", "[]", '{"error":[],"result":{}}', '{"error":[],"result":{"a":1}}'])
async def test_what_is_no_answer_is_asked_for_again(asking: KrakenBackfill, rest: FakeRest, text: str) -> None:
    rest.answers = [(200, {}, text)]
    with pytest.raises(BackfillUnavailableError, match="no list of trades"):
        await asking.fetch(Gap("BTC-USD", 6, 7))
