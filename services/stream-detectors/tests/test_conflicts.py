"""One id, two contents: the first trade stays, the other lies in `dq_rejects` as a conflict, whichever way they come."""

import itertools
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from pyspark.sql import DataFrame, SparkSession

from coattail_common.contracts import Origin, Side, Trade
from coattail_common.ids import IdRange, Market
from coattail_common.lines import encode_trade
from coattail_testing.bus import FakeBus
from coattail_testkit.life import FakeKilled, Killed, Life
from coattail_testkit.stream import ARRIVAL, MOMENT, batch, record, record_of, trade
from stream_detectors import conflicts
from stream_detectors.conflicts import Stretch
from stream_detectors.lakehouse import ANOMALY_ALERTS, DQ_REJECTS, RAW_TRADES, Lakehouse, Table
from stream_detectors.metrics import NoMetrics
from stream_detectors.source.records import StreamRecord

pytestmark = pytest.mark.spark

SHARD = "shardId-000000000000"
OTHER_SHARD = "shardId-000000000001"
DAY = 86_400_000_000


class FakeCounted(Lakehouse):
    """Notes which tables are read."""

    def __init__(self, spark: SparkSession, database: str) -> None:
        super().__init__(spark, database)
        self.read: list[str] = []

    def table(self, table: Table) -> DataFrame:
        self.read.append(table.name)
        return super().table(table)


class FakeMetrics(NoMetrics):
    """Keeps what is counted of repeats."""

    def __init__(self) -> None:
        self.counted: list[tuple[int, int]] = []

    def repeats(self, conflicting: int, not_compared: int) -> None:
        self.counted.append((conflicting, not_compared))


def traded(trade_id: int, quantity: str, **changed: object) -> Trade:
    """A trade at 100 of `quantity`, with other fields changed."""
    amount = f"{float(quantity) * 100:.8f}"
    return msgspec.structs.replace(trade(trade_id), quantity=quantity, quote_volume=amount, **changed)


def later(one: StreamRecord, seconds: int) -> StreamRecord:
    """The record, arriving so much later."""
    return msgspec.structs.replace(one, arrived_at=ARRIVAL + timedelta(seconds=seconds))


def life(lakehouse: Lakehouse, folder: Path, batches: Sequence[Sequence[StreamRecord]]) -> tuple[Life, FakeMetrics]:
    """One life, which lands these batches at once."""
    metrics = FakeMetrics()
    one = Life(lakehouse, folder, FakeBus(), metrics=metrics)
    land(one, batches)
    return one, metrics


def land(one: Life, batches: Sequence[Sequence[StreamRecord]]) -> None:
    for records in batches:
        one.pipeline.batch(batch(one.lakehouse.spark, records), 0)
    one.outbox.close(30)
    one.pipeline.land()


def landed(lakehouse: Lakehouse) -> list[tuple[int, str]]:
    rows = lakehouse.table(RAW_TRADES).collect()
    return sorted((row["trade_id"], f"{row['quantity'].normalize():f}") for row in rows)


def refused(lakehouse: Lakehouse) -> list[tuple[object, ...]]:
    rows = lakehouse.table(DQ_REJECTS).collect()
    return sorted(
        (row["sequence_number"], row["line_number"], row["reason"], row["rule"], bytes(row["line"])) for row in rows
    )


SMALL, LARGE = traded(109, "0.010"), traded(109, "19.332")
CONFLICT = ("conflict", "conflict.quantity", encode_trade(LARGE))


def test_conflict_in_one_batch(spark: SparkSession, tmp_path: Path) -> None:
    lakehouse = Lakehouse(spark, "conflict_in_batch")
    _, metrics = life(lakehouse, tmp_path, [[record_of([SMALL, trade(110)], 1), record_of([LARGE, trade(111)], 2)]])

    assert landed(lakehouse) == [(109, "0.01"), (110, "1"), (111, "1")]
    assert refused(lakehouse) == [("2", 0, *CONFLICT)]
    assert metrics.counted == [(1, 0)]


def test_conflict_in_one_record(spark: SparkSession, tmp_path: Path) -> None:
    """The line decides: 12 lines, of which the third and the eleventh have one id."""
    lakehouse = Lakehouse(spark, "conflict_in_record")
    others = [trade(n) for n in range(1, 11)]
    life(lakehouse, tmp_path, [[record_of([*others[:2], SMALL, *others[2:9], LARGE, others[9]], 1)]])

    assert landed(lakehouse) == [*((n, "1") for n in range(1, 11)), (109, "0.01")]
    assert refused(lakehouse) == [("1", 10, *CONFLICT)]


def test_conflict_across_batches_of_a_landing(spark: SparkSession, tmp_path: Path) -> None:
    lakehouse = Lakehouse(spark, "conflict_across_batches")
    _, metrics = life(lakehouse, tmp_path, [[record_of([SMALL], 1)], [record_of([LARGE, trade(110)], 2)]])

    assert landed(lakehouse) == [(109, "0.01"), (110, "1")]
    assert refused(lakehouse) == [("2", 0, *CONFLICT)]
    assert metrics.counted == [(1, 0)]


def test_conflict_with_a_landed_trade(spark: SparkSession, tmp_path: Path) -> None:
    """Alone in its landing, which brings no new id."""
    lakehouse = Lakehouse(spark, "conflict_with_landed")
    one, metrics = life(lakehouse, tmp_path, [[record_of([SMALL], 1)]])
    land(one, [[record_of([LARGE], 2)]])

    assert landed(lakehouse) == [(109, "0.01")]
    assert refused(lakehouse) == [("2", 0, *CONFLICT)]
    assert metrics.counted == [(1, 0)]


def test_conflict_with_a_landed_trade_after_a_restart(spark: SparkSession, tmp_path: Path) -> None:
    lakehouse = Lakehouse(spark, "conflict_after_restart")
    life(lakehouse, tmp_path, [[record_of([SMALL, trade(110)], 1)]])
    _, metrics = life(lakehouse, tmp_path, [[record_of([LARGE, trade(111), LARGE], 2)]])

    assert landed(lakehouse) == [(109, "0.01"), (110, "1"), (111, "1")]
    assert refused(lakehouse) == [("2", 0, *CONFLICT), ("2", 2, *CONFLICT)]
    assert metrics.counted == [(2, 0)]


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"price": "100.000000000000000001", "quote_volume": "100.000000000000000001"}, "conflict.price"),
        ({"quantity": "1.000000000000000001", "quote_volume": "100.0000000000000001"}, "conflict.quantity"),
        ({"side": Side.SELL}, "conflict.side"),
        ({"timestamp": MOMENT + 1}, "conflict.timestamp"),
    ],
)
@pytest.mark.parametrize("where", ["batch", "landing", "table"])
def test_each_of_the_contents_is_compared(
    spark: SparkSession, tmp_path: Path, changed: dict[str, object], rule: str, where: str
) -> None:
    """Exactly: no double knows the eighteenth digit."""
    lakehouse = Lakehouse(spark, f"contents_{rule.partition('.')[2]}_{where}")
    first = trade(7)
    other = msgspec.structs.replace(first, **changed)
    records = [record_of([first], 1), record_of([other], 2)]
    batches = [records] if where == "batch" else [[one] for one in records]
    one, _ = life(lakehouse, tmp_path, batches[:1]) if where == "table" else life(lakehouse, tmp_path, batches)
    if where == "table":
        land(one, batches[1:])

    assert refused(lakehouse) == [("2", 0, "conflict", rule, encode_trade(other))]
    assert lakehouse.table(RAW_TRADES).count() == 1


@pytest.mark.parametrize("where", ["batch", "landing", "table"])
def test_plain_repeat_is_no_conflict(spark: SparkSession, tmp_path: Path, where: str) -> None:
    """Digits may be written otherwise; origin and receipt are ours and not the exchange's."""
    lakehouse = Lakehouse(spark, f"plain_repeat_{where}")
    first = traded(7, "1.5")
    again = msgspec.structs.replace(
        first,
        price="0100.00",
        quantity="1.500",
        quote_volume="150.000",
        origin=Origin.BACKFILL,
        ingestion_timestamp=first.ingestion_timestamp + 5,
    )
    records = [record_of([first], 1), record_of([again, first], 2)]
    batches = [records] if where == "batch" else [[one] for one in records]
    one, metrics = life(lakehouse, tmp_path, batches if where != "table" else batches[:1])
    if where == "table":
        land(one, batches[1:])

    assert landed(lakehouse) == [(7, "1.5")]
    assert refused(lakehouse) == []
    assert metrics.counted == []


@pytest.mark.parametrize("one_batch", [True, False])
@pytest.mark.parametrize("swapped", [True, False])
def test_order_of_arrival_decides(spark: SparkSession, tmp_path: Path, swapped: bool, one_batch: bool) -> None:
    """And neither the contents, nor which shard is read first, nor how long a sequence number is."""
    lakehouse = Lakehouse(spark, f"arrival_{swapped}_{one_batch}".lower())
    first, second = (LARGE, SMALL) if swapped else (SMALL, LARGE)
    records = [later(record_of([second], 5), 1), record_of([first], 9, OTHER_SHARD)]
    life(lakehouse, tmp_path, [records] if one_batch else [[one] for one in records])

    assert landed(lakehouse) == [(109, f"{float(first.quantity):g}")]
    assert [row[0] for row in refused(lakehouse)] == ["5"]


@pytest.mark.parametrize("swapped", [True, False])
def test_sequence_decides_where_two_arrive_at_once(spark: SparkSession, tmp_path: Path, swapped: bool) -> None:
    """9 comes before 10, although the text does not."""
    lakehouse = Lakehouse(spark, f"sequence_{swapped}".lower())
    first, second = (LARGE, SMALL) if swapped else (SMALL, LARGE)
    life(lakehouse, tmp_path, [[record_of([second], 10), record_of([first], 9)]])

    assert landed(lakehouse) == [(109, f"{float(first.quantity):g}")]
    assert [row[0] for row in refused(lakehouse)] == ["10"]


def test_detection_sees_what_stays(spark: SparkSession, tmp_path: Path) -> None:
    """The contents that are refused raise no alert: 200,000 dollars, in a millisecond and on a side of their own."""
    lakehouse = Lakehouse(spark, "detection_sees")
    whale = msgspec.structs.replace(
        trade(109), quantity="2000", quote_volume="200000", side=Side.SELL, timestamp=MOMENT + 77_000
    )
    life(lakehouse, tmp_path, [[record_of([trade(108), SMALL, whale, trade(110)], 1)]])

    assert lakehouse.table(ANOMALY_ALERTS).count() == 0
    assert [row[3] for row in refused(lakehouse)] == ["conflict.quantity"]


@pytest.mark.parametrize(("commit", "after"), list(itertools.product(range(2), (False, True))))
def test_killed_between_commits_a_conflict_is_kept_once(
    spark: SparkSession, tmp_path: Path, commit: int, after: bool
) -> None:
    """Of a landed trade and of one in the same landing. The stream is read again in smaller parts."""
    database = f"conflict_killed_{commit}_{after}".lower()
    lakehouse = Lakehouse(spark, database)
    life(lakehouse, tmp_path, [[record_of([SMALL], 1)]])
    stream = [record_of([LARGE, trade(110)], 2), record_of([traded(110, "2"), trade(111)], 3), record([b"no"], 4)]
    with pytest.raises(Killed):
        life(FakeKilled(spark, database, commit, after), tmp_path, [stream])

    one = Life(lakehouse, tmp_path, FakeBus())
    for part in stream:
        if int(part.sequence_number) > int(one.positions[SHARD]):
            land(one, [[part]])

    assert landed(lakehouse) == [(109, "0.01"), (110, "1"), (111, "1")]
    assert [row[:4] for row in refused(lakehouse)] == [
        ("2", 0, "conflict", "conflict.quantity"),
        ("3", 0, "conflict", "conflict.quantity"),
        ("4", 0, "malformed", "malformed.not_json"),
    ]


def test_neither_contents_are_lost_where_shards_are_read_in_another_order(spark: SparkSession, tmp_path: Path) -> None:
    """The process died after it had kept one as the conflict; its successor meets the two the other way round."""
    lakehouse = Lakehouse(spark, "other_order")
    early, late = record_of([SMALL], 1), later(record_of([LARGE], 2, OTHER_SHARD), 1)
    with pytest.raises(Killed):
        life(FakeKilled(spark, "other_order", 0, after=True), tmp_path, [[early, late]])

    one = Life(lakehouse, tmp_path, FakeBus())
    land(one, [[late]])
    land(one, [[early]])

    assert landed(lakehouse) == [(109, "19.332")]
    assert [row[:4] for row in refused(lakehouse)] == [
        ("1", 0, "conflict", "conflict.quantity"),
        ("2", 0, "conflict", "conflict.quantity"),
    ]


def test_what_is_not_in_the_table_is_counted_as_not_compared(spark: SparkSession, tmp_path: Path) -> None:
    """Somebody deleted the rows, or the repeat says it is of another month: its market's partition does not hold it."""
    lakehouse = Lakehouse(spark, "not_compared")
    life(lakehouse, tmp_path, [[record_of([trade(7), trade(8), trade(9)], 1)]])
    spark.sql("DELETE FROM lakehouse.not_compared.raw_trades WHERE trade_id = 7")
    one, metrics = life(lakehouse, tmp_path, [[record_of([trade(7), trade(8)], 2)]])
    land(one, [[record_of([msgspec.structs.replace(trade(9), timestamp=MOMENT - 30 * DAY)], 3)]])

    assert metrics.counted == [(0, 1), (0, 1)]
    assert refused(lakehouse) == []


def test_plain_repeats_are_known_without_reading_anything_again(spark: SparkSession, tmp_path: Path) -> None:
    """In their batch, from the batch before, and landed: the table is not asked, nor are the lines."""
    lakehouse = FakeCounted(spark, "plain_repeats")
    one, metrics = life(lakehouse, tmp_path, [[record_of([trade(7), trade(8)], 1), record_of([trade(8)], 2)]])
    land(one, [[record_of([trade(7), trade(9)], 3)], [record_of([trade(9), trade(8), trade(10)], 4)]])

    assert [trade_id for trade_id, _ in landed(Lakehouse(spark, "plain_repeats"))] == [7, 8, 9, 10]
    assert (lakehouse.read, metrics.counted) == ([], [])


def test_of_a_repeated_conflict_each_is_kept(spark: SparkSession, tmp_path: Path) -> None:
    """Not the conflict's contents are known, but those of the first."""
    lakehouse = Lakehouse(spark, "repeated_conflict")
    one, _ = life(lakehouse, tmp_path, [[record_of([SMALL], 1)]])
    for number in (2, 3):
        land(one, [[record_of([LARGE], number)]])
    land(one, [[record_of([LARGE, SMALL], 4)]])

    assert landed(lakehouse) == [(109, "0.01")]
    assert refused(lakehouse) == [("2", 0, *CONFLICT), ("3", 0, *CONFLICT), ("4", 0, *CONFLICT)]


def test_a_day_around_is_compared(spark: SparkSession, tmp_path: Path) -> None:
    lakehouse = Lakehouse(spark, "day_around")
    one, metrics = life(lakehouse, tmp_path, [[record_of([trade(7), trade(8)], 1)]])
    land(one, [[record_of([msgspec.structs.replace(trade(7), timestamp=MOMENT - DAY)], 2)]])
    after = msgspec.structs.replace(trade(8), timestamp=MOMENT + 2 * DAY - 1, ingestion_timestamp=MOMENT + 2 * DAY)
    land(one, [[record_of([after], 3)]])

    assert [row[3] for row in refused(lakehouse)] == ["conflict.timestamp", "conflict.timestamp"]
    assert metrics.counted == [(1, 0), (1, 0)]


def test_a_conflict_keeps_the_bytes_of_its_line(spark: SparkSession, tmp_path: Path) -> None:
    """Also where they are not as our own producers write them."""
    lakehouse = Lakehouse(spark, "conflict_bytes")
    line = encode_trade(LARGE)[:-1] + ', "venue_note": "ä"}'.encode()
    life(lakehouse, tmp_path, [[record_of([SMALL], 1), record([line], 2)]])

    assert [row[4] for row in refused(lakehouse)] == [line]


def test_one_id_of_two_markets_is_no_conflict(spark: SparkSession, tmp_path: Path) -> None:
    lakehouse = Lakehouse(spark, "two_markets")
    markets = (("binance", "BTC-USDT"), ("binance", "ETH-USDT"), ("kraken", "BTC-USDT"))
    trades = [
        trade(7, str(price), exchange=exchange, symbol=symbol) for price, (exchange, symbol) in enumerate(markets, 1)
    ]
    life(lakehouse, tmp_path, [[record_of(trades, 1)], [record_of(trades, 2)]])

    assert refused(lakehouse) == []
    assert lakehouse.table(RAW_TRADES).count() == 3


def test_repeats_of_many_markets_are_looked_for(spark: SparkSession) -> None:
    """A condition for each market: a thousand of them are no chain that Spark descends a thousand deep."""
    lakehouse = Lakehouse(spark, "many_markets")
    lakehouse.create([RAW_TRADES])
    markets = [Market("binance", f"A{number}-USDT") for number in range(1_000)]
    landed = {market: (IdRange(1, 2),) for market in markets}
    stretches = [Stretch(market, 1, 2, MOMENT, MOMENT + DAY) for market in markets]

    assert conflicts.stored(lakehouse.table(RAW_TRADES), stretches, landed).collect() == []
