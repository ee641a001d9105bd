"""Stream and batch agree: the same trades raise the same alerts and rows, streamed in disorder with a `kill -9`, and in one batch."""

import os
import random
import subprocess
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Self

import msgspec
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from coattail_common import lake
from coattail_common.contracts import Side, Trade
from coattail_common.lines import encode_trade
from coattail_common.tables import ANOMALY_ALERTS, RAW_TRADES, Table
from coattail_detectors import ModuleRegistry
from coattail_detectors.kernel import features, tiers
from coattail_detectors.kernel.finding import Finding
from coattail_testing.records import a_trade
from coattail_testkit.stream import MOMENT, record
from stream_detectors import batch
from stream_detectors.lakehouse import Lakehouse
from stream_detectors.records import TRADE_FIELDS
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
PATIENCE = 600.0
ATTEMPTS = 5
TOO_SLOW = "Python worker to connect back"


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


class Application:
    """The application as it is deployed, on these records.

    Where it ends because the source's Python took ten seconds to start, as on a very busy machine, it is started again, as EMR
    Serverless does: Spark waits no longer, by no option. Any other end fails the test.
    """

    def __init__(self, folder: Path, warehouse: Path) -> None:
        self._folder, self._warehouse = folder, warehouse
        self._log = folder / f"stderr-{uuid.uuid4().hex}.log"
        self._process = self._started()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """`kill -9` of the application, all of it."""
        with suppress(psutil.NoSuchProcess):
            tree = psutil.Process(self._process.pid)
            for one in (*tree.children(recursive=True), tree):
                with suppress(psutil.NoSuchProcess):  # a worker of Spark's that ended meanwhile
                    one.kill()
        self._process.communicate()

    def until(self, landed: Callable[[], bool]) -> None:
        """Return when this is true, now or after a landing of the application."""
        if landed():
            return
        for _ in range(ATTEMPTS):
            watchdog = threading.Timer(PATIENCE, self._process.kill)
            watchdog.start()
            try:
                assert self._process.stdout is not None
                for line in self._process.stdout:
                    if '"TradesLanded"' in line and landed():
                        return
            finally:
                hung = not watchdog.is_alive()
                watchdog.cancel()
            self._process.wait()
            words = self._log.read_text()
            if hung or TOO_SLOW not in words:
                break
            self._process.stdout.close()
            self._log.write_text("")
            self._process = self._started()
        last = "".join(words.splitlines(keepends=True)[-40:])
        pytest.fail(f"the application {'hung' if hung else 'ended'} before it had landed what it should:\n{last}")

    def _started(self) -> subprocess.Popen[str]:
        binaries = Path(sys.executable).parent
        jars = ",".join(sorted(str(jar) for jar in (REPOSITORY / ".local/ivy/jars").glob("*.jar")))
        with self._log.open("a") as log:
            return subprocess.Popen(
                [
                    str(binaries / "spark-submit"),
                    *("--master", "local[2]", "--driver-memory", "2g", "--jars", jars),
                    *("--conf", "spark.ui.enabled=false", "--conf", "spark.sql.shuffle.partitions=2"),
                    str(REPOSITORY / "services/stream-detectors/src/stream_detectors/__main__.py"),
                    *("--catalog", "hadoop", "--warehouse", f"file://{self._warehouse}", "--database", "agreement"),
                    *("--seals", str(self._folder / "seals"), "--bus", ""),
                    *("--recorded", str(self._folder / "stream"), "--features", str(self._folder / "features.yaml")),
                    *("--tier", str(REPOSITORY / "config/tiers/small.yaml"), "--warm-up-rounds", "1"),
                    *("--landing-seconds", "2", "--trigger-seconds", "0.1", "--batch-bytes", "300000"),
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ
                | {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}", "PYSPARK_PYTHON": sys.executable},
            )


def wire(table: DataFrame) -> DataFrame:
    """Rows of `raw_trades` with the columns of the wire."""
    types = {column.name: column.type for column in lake.columns(Trade)}
    times = {name: F.unix_micros(name) for name in TRADE_FIELDS if types[name] == "timestamptz"}
    amounts = {name: F.col(name).cast("string") for name in TRADE_FIELDS if types[name].startswith("decimal")}
    return table.withColumns(times | amounts)


def rows(spark: SparkSession, table: Table) -> dict[str, dict[str, object]]:
    """Key → row, without what says when it was found."""
    found = [row.asDict() for row in spark.table(f"lakehouse.agreement.{table.name}").collect()]
    keys = [str(row[table.key]) for row in found]
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, map(_timeless, found), strict=True))


def _timeless(row: dict[str, object]) -> dict[str, object]:
    if "lineage" in row:
        row["lineage"] = {**msgspec.json.decode(str(row["lineage"])), "processed_at": None}
    return row | {"detected_at": None}


def expected(spark: SparkSession, found: list[Finding], table: Table) -> dict[str, dict[str, object]]:
    """The same of findings, through a table of the same kind."""
    of_table = [one.alert if table is ANOMALY_ALERTS else one.row for one in found]
    structs = [one for one in of_table if one is not None and isinstance(one, table.rows)]
    frame = Lakehouse(spark, "agreement").frame(structs)
    keys = [str(getattr(one, table.key)) for one in structs]
    return dict(zip(keys, (_timeless(row.asDict()) for row in frame.collect()), strict=True))


def test_the_same_trades_raise_the_same_alerts_streamed_and_in_one_batch(
    spark: SparkSession, warehouse: Path, tmp_path: Path
) -> None:
    (tmp_path / "features.yaml").write_bytes(FEATURES)
    write_stream(tmp_path / "stream")
    wishes = features.parse(FEATURES, MODULES)
    detectors = ModuleRegistry.load().enabled(wishes, tiers.load(REPOSITORY / "config/tiers/small.yaml").modules)
    total = len({one.event_id for one in trades()})

    table = f"lakehouse.agreement.{RAW_TRADES.name}"
    with Application(tmp_path, warehouse) as first:
        first.until(lambda: spark.catalog.tableExists(table) and not spark.table(table).isEmpty())
    assert 0 < spark.table(table).count() < total
    with Application(tmp_path, warehouse) as second:
        second.until(lambda: spark.table(table).count() == total)
        found = list(batch.findings(wire(spark.table(table)), detectors, wishes))
        ids = [set(expected(spark, found, module.table)) for module in MODULES]
        second.until(lambda: ids == [set(rows(spark, module.table)) for module in MODULES])

    assert spark.table(table).count() == total
    for module in MODULES:
        streamed, batched = rows(spark, module.table), expected(spark, found, module.table)
        assert streamed == batched
        assert streamed
    alerts = rows(spark, ANOMALY_ALERTS)
    assert alerts == expected(spark, found, ANOMALY_ALERTS)
    kinds = Counter(row["alert_type"] for row in alerts.values())
    assert set(kinds) == {kind for module in MODULES for kind in module.alert_types}
