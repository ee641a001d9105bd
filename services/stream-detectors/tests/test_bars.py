"""Bars as Spark adds them up: exact, each trade once, and nothing that a trade claims can break them."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from pyspark.sql import SparkSession

from coattail_common.ids import IdRange, Market
from coattail_detectors.kernel.observed import AHEAD_MICROS, Bar, Wanted
from coattail_detectors.kernel.watermark import Shard
from coattail_testing.records import a_trade
from coattail_testkit.stream import MOMENT, frame, record_of, trade
from stream_detectors import bars, observation, records
from stream_detectors.observation import Observation
from stream_detectors.parts import Wishes, look_of, parts_of, reads_of
from stream_detectors.progress import Progress
from stream_detectors.source.records import StreamRecord

SECOND = 1_000_000
BTC = Market("binance", "BTC-USDT")
WANTED = Wanted(floor=None, rates={}, bar=10 * SECOND)


def observed(*stream_records: StreamRecord) -> Observation:
    part = parts_of(stream_records, reads_of(stream_records), Wishes.of(WANTED)).column("part")[0]
    return observation.observed([look_of(part.as_py())], WANTED)


def test_a_bar_adds_up_exactly_what_its_time_brought() -> None:
    trades = [
        a_trade(7, price="61837.63", quantity="0.00000001", timestamp=MOMENT),
        a_trade(9, price="61837.64", quantity="0.1", timestamp=MOMENT + 9_999_999),
        a_trade(10, price="3", quantity="2", timestamp=MOMENT + 10 * SECOND),
    ]

    first, second = observed(record_of(trades)).bars

    assert first == Bar(
        market=BTC,
        start=MOMENT,
        trades=2,
        volume=Decimal("0.10000001"),
        amount=Decimal("6183.7646183763"),
        first_trade_id=7,
        last_trade_id=9,
        newest=MOMENT + 9_999_999,
    )
    assert (second.start, second.volume, second.amount) == (MOMENT + 10 * SECOND, 2, 6)


def test_a_sum_without_room_stays_at_the_largest_and_breaks_nothing() -> None:
    most = "9" * 20
    (bar,) = observed(record_of([a_trade(n, price="1", quantity=most, timestamp=MOMENT) for n in (1, 2)])).bars

    assert bar.volume == 2 * Decimal(most)


def test_a_trade_of_tomorrow_does_not_say_what_time_it_is() -> None:
    odd = msgspec.structs.replace(a_trade(1, timestamp=MOMENT + 80_000 * SECOND), ingestion_timestamp=MOMENT)

    arrived = datetime.fromtimestamp(MOMENT / SECOND, UTC)
    seen = observed(msgspec.structs.replace(record_of([odd]), arrived_at=arrived))

    assert seen.times == {Shard("binance", "shardId-000000000000"): MOMENT + AHEAD_MICROS}
    assert seen.bars[0].newest == MOMENT + AHEAD_MICROS


def test_each_shard_says_how_far_its_exchanges_have_come() -> None:
    seen = observed(
        record_of([trade(5), trade(9)], 1, "a"),
        record_of([trade(6), trade(2, exchange="coinbase", symbol="BTC-USD")], 2, "b"),
    )

    assert seen.times == {
        Shard("binance", "a"): MOMENT + 9_000,
        Shard("binance", "b"): MOMENT + 6_000,
        Shard("coinbase", "b"): MOMENT + 2_000,
    }


@pytest.mark.parametrize(
    ("ids", "seen", "repeats"),
    [
        ([1, 2, 3], (), False),
        ([1, 2, 2], (), True),
        ([5, 6], (IdRange(1, 4),), False),
        ([4, 5], (IdRange(1, 4),), True),
    ],
)
def test_a_repeat_is_noticed_in_the_batch_and_against_what_was_seen(
    ids: list[int], seen: tuple[IdRange, ...], repeats: bool
) -> None:
    found = observed(record_of([trade(one) for one in ids]))

    assert Progress({BTC: seen}).repeats(found) is repeats


def test_what_came_before_and_what_came_twice_are_told_apart() -> None:
    found = observed(record_of([trade(one) for one in (3, 4, 6, 6)]))
    progress = Progress({BTC: (IdRange(1, 3), IdRange(9, 9))})

    assert progress.seen_before(found) == {BTC: (IdRange(3, 3),)}
    assert progress.twice(found) == {BTC}


def test_refused_lines_are_in_no_bar() -> None:
    bad = a_trade(2, price="-1", timestamp=MOMENT)

    (bar,) = observed(record_of([trade(1), bad])).bars

    assert bar.trades == 1


@pytest.mark.spark
def test_the_columns_of_a_bar_can_be_made_of_any_trades(spark: SparkSession) -> None:
    judged = records.judged(frame(spark, [record_of([trade(1), trade(2)])]))

    (bar,) = bars.of(bars.aggregated(records.valid(judged), 60 * SECOND).collect())

    assert (bar.trades, bar.first_trade_id, bar.last_trade_id) == (2, 1, 2)
