"""Stream and batch agree: the same trades raise the same alerts and rows, streamed in disorder with a `kill -9`, and in one batch."""

import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from coattail_common.contracts import Side, Trade
from coattail_common.lines import encode_trade
from coattail_common.tables import ANOMALY_ALERTS, RAW_TRADES
from coattail_detectors import ModuleRegistry
from coattail_detectors.kernel import features, tiers
from coattail_testing.records import a_trade
from coattail_testkit.agreement import Agreement
from coattail_testkit.application import Application
from coattail_testkit.stream import MOMENT, record
from stream_detectors.source.kinesis import to_arrow

pytestmark = pytest.mark.spark

REPOSITORY = Path(__file__).parents[3]
MODULES = ModuleRegistry.load().modules
FEATURES = b"""
watermark: {lateness_seconds: 3, idle_seconds: 2}
whale_detector: {hold_seconds: 600}
volume_anomaly: {window_seconds: 6, least_windows: 4, z_score: {medium: 3, high: 5}}
spread_calculator: {window_seconds: 4}
"""
SECOND = 1_000_000
PRICES = {"BTC": Decimal(60_000), "ETH": Decimal(3_000), "SOL": Decimal(150)}
VENUES = (("binance", "USDT"), ("coinbase", "USD"))
TRADES = 9_000


def trades() -> Iterator[Trade]:
    """Two minutes of six markets, with whales, sweeps, a spike, a divergence and a depeg in them."""
    draw = random.Random(4)
    ids: Counter[tuple[str, str]] = Counter()
    for number in range(TRADES):
        moment = number * 120 * SECOND // TRADES
        base, (exchange, quote) = draw.choice(list(PRICES)), draw.choice(VENUES)
        times = 4 if base == "ETH" and 70 <= moment // SECOND < 76 else 1
        fills = 6 if number % 400 == 0 else times
        side = draw.choice(list(Side))
        for _ in range(fills):
            ids[exchange, base] += 1
            price = PRICES[base] * Decimal(1 + draw.uniform(-1, 1) * 1e-4).quantize(Decimal("0.000001"))
            if exchange == "binance" and 90 <= moment // SECOND < 100:
                price *= Decimal("1.015")  # a depeg: every asset is dearer in USDT
            if (exchange, base) == ("binance", "SOL") and 40 <= moment // SECOND < 52:
                price *= Decimal("1.008")
            usd = 150_000 if number % 900 == 7 else 40_000 if number % 400 == 0 else draw.uniform(5, 500)
            yield a_trade(
                10_000 + ids[exchange, base],
                exchange=exchange,
                symbol=f"{base}-{quote}",
                price=f"{price:.6f}",
                quantity=f"{Decimal(usd) / price:.8f}",
                side=side,
                timestamp=MOMENT + moment,
            )


def write_stream(folder: Path) -> None:
    """The trades as records on two shards: out of order by up to two seconds, a tenth of the records twice."""
    folder.mkdir()
    draw = random.Random(5)
    lines = [encode_trade(one) for one in sorted(trades(), key=lambda one: one.timestamp + draw.uniform(0, 2) * SECOND)]
    packed = [lines[at : at + 20] for at in range(0, len(lines), 20)]
    sent = [part for at, part in enumerate(packed) for part in ((part, part) if at % 10 == 0 else (part,))]
    records = [record(part, 10**20 + at, f"shardId-{at % 2}") for at, part in enumerate(sent)]
    pq.write_table(pa.Table.from_batches(to_arrow(records)), folder / "0.parquet")


def test_the_same_trades_raise_the_same_alerts_streamed_and_in_one_batch(
    spark: SparkSession, warehouse: Path, tmp_path: Path
) -> None:
    (tmp_path / "features.yaml").write_bytes(FEATURES)
    write_stream(tmp_path / "stream")
    wishes = features.parse(FEATURES, MODULES)
    detectors = ModuleRegistry.load().enabled(wishes, tiers.load(REPOSITORY / "config/tiers/small.yaml").modules)
    agreement = Agreement(spark, "lakehouse.agreement", wishes, detectors)
    total = len({one.event_id for one in trades()})

    with Application(REPOSITORY, tmp_path, f"file://{warehouse}", "agreement") as first:
        there = f"lakehouse.agreement.{RAW_TRADES.name}"
        first.until(lambda: spark.catalog.tableExists(there) and not agreement.table(RAW_TRADES).isEmpty())
    assert 0 < agreement.table(RAW_TRADES).count() < total
    with Application(REPOSITORY, tmp_path, f"file://{warehouse}", "agreement") as second:
        landed, found = agreement.reached(second, total)

    assert agreement.table(RAW_TRADES).count() == total
    assert landed == found
    assert all(found.values())
    kinds = Counter(row["alert_type"] for row in landed[ANOMALY_ALERTS.name].values())
    assert set(kinds) == {kind for module in MODULES for kind in module.alert_types}
