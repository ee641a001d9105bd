"""What Spark brings to the driver of a batch: every id, every refusal, and no fill that could matter is left out."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from pyspark.sql import SparkSession

from coattail_common.contracts import Side
from coattail_common.ids import IdRange, Market
from coattail_common.lines import encode_trade, pack
from coattail_detectors.kernel.observed import Wanted
from coattail_testing.records import a_trade
from coattail_testkit.stream import MOMENT, frame, record, record_of, trade
from stream_detectors import records
from stream_detectors.observation import Observation, observe
from stream_detectors.source.records import StreamRecord

pytestmark = pytest.mark.spark

BTC = Market("binance", "BTC-USDT")
ETH = Market("coinbase", "ETH-USD")
WANTED = Wanted(floor=Decimal(100_000), rates={"USD": Decimal(1), "USDT": Decimal(1)}, bar=1_000_000)


def observed(spark: SparkSession, *stream_records: object) -> Observation:
    judged = records.judged(frame(spark, list(stream_records))).persist()  # type: ignore[arg-type]
    observation = observe(judged, WANTED)
    judged.unpersist()
    return observation


def test_the_ids_of_each_market_come_as_ranges_whatever_their_size_and_repeats(spark: SparkSession) -> None:
    ids = [0, 1, 2, 32_767, 32_768, 32_769, 3_735_683_259, 3_735_683_260, 3_735_683_260]

    observation = observed(
        spark,
        record_of([trade(number, timestamp=MOMENT) for number in ids]),
        record_of([trade(5, exchange="coinbase", symbol="ETH-USD")]),
    )

    assert observation.ids == {
        BTC: (IdRange(0, 2), IdRange(32_767, 32_769), IdRange(3_735_683_259, 3_735_683_260)),
        ETH: (IdRange(5, 5),),
    }
    assert observation.trades == len(ids) + 1


def test_refusals_are_counted_by_rule(spark: SparkSession) -> None:
    observation = observed(spark, record([b"x", b"y", b"{}"]), record_of([trade(1)]))

    assert observation.refused == {"malformed.not_json": 2, "incomplete.event_id": 1}
    assert observation.trades == 1


def test_a_batch_of_nothing_but_refusals_has_no_fills(spark: SparkSession) -> None:
    observation = observed(spark, record([b"x"]))

    assert (observation.trades, observation.ids, observation.fills) == (0, {}, ())


def test_large_trades_large_milliseconds_and_the_edges_are_brought(spark: SparkSession) -> None:
    calm = [trade(number) for number in range(1, 50)]
    whale = trade(50, "250000")
    sweep = [trade(number, "60000", timestamp=MOMENT + 900_000, side=Side.SELL) for number in (51, 52)]
    just_below = [trade(number, "49999", timestamp=MOMENT + 950_000) for number in (53, 54)]
    last = trade(55)

    (market,) = observed(spark, record_of([*calm, whale, *sweep, *just_below, last])).fills

    assert [one.trade_id for one in market.fills] == [1, 50, 51, 52, 55]
    assert market.quote == "USDT"
    assert market.fills[1].amount == Decimal(250_000)


def test_the_milliseconds_beside_a_hole_are_brought_for_their_fills_may_come_later(spark: SparkSession) -> None:
    before = [trade(number, timestamp=MOMENT + 100_000) for number in (8, 9)]
    after = [trade(number, timestamp=MOMENT + 200_000) for number in (12, 13)]
    others = [trade(number) for number in (*range(1, 8), *range(14, 20))]

    (market,) = observed(spark, record_of([*before, *after, *others])).fills

    assert [one.trade_id for one in market.fills] == [1, 8, 9, 12, 13, 19]


def test_a_repeated_fill_is_brought_once(spark: SparkSession) -> None:
    (market,) = observed(spark, record_of([trade(1, "60000")] * 3)).fills

    assert [one.trade_id for one in market.fills] == [1]


@pytest.mark.parametrize("off", [-3600, 0, 3600])
def test_a_connectors_clock_does_not_move_its_exchanges_time(spark: SparkSession, off: int) -> None:
    """An hour behind, it stopped its exchange's windows: the guard against trades of tomorrow asked that clock."""
    second = 1_000_000
    one = msgspec.structs.replace(a_trade(7, timestamp=MOMENT), ingestion_timestamp=MOMENT + off * second)
    arrived = datetime.fromtimestamp((MOMENT + second) / second, UTC)
    observation = observed(spark, StreamRecord(pack([encode_trade(one)]), "any", "1", "shard", arrived))

    assert list(observation.times.values()) == [MOMENT]
    assert observation.delays == {"binance": (1 - off) * second}


def test_a_trade_of_tomorrow_does_not_end_todays_windows(spark: SparkSession) -> None:
    """Its own time counts up to ten seconds after its arrival at Kinesis."""
    second = 1_000_000
    ahead = MOMENT + 3600 * second
    one = msgspec.structs.replace(a_trade(7, timestamp=ahead), ingestion_timestamp=ahead)
    arrived = datetime.fromtimestamp(MOMENT / second, UTC)
    observation = observed(spark, StreamRecord(pack([encode_trade(one)]), "any", "1", "shard", arrived))

    assert list(observation.times.values()) == [MOMENT + 10 * second]
