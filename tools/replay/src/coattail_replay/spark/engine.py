"""The replay's steps on a local Spark."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from coattail_common.contracts import Alert
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_replay.engine import Engine, Rows
from coattail_replay.landed import Account
from coattail_replay.naming import Naming
from coattail_replay.outputs import DATABASE, Places
from coattail_replay.prices import PriceBars
from coattail_replay.progress import Screen
from coattail_replay.sources import Source
from coattail_replay.spark import landing
from coattail_replay.spark.local_spark import LocalSpark, local_spark
from coattail_replay.spark.preparing import Prepared, judged, prepare
from coattail_replay.spark.prices import price_bars
from coattail_replay.spark.watching import watched
from stream_detectors import batch
from stream_detectors.lakehouse import ANOMALY_ALERTS, DQ_REJECTS, RAW_TRADES, Lakehouse

_TRADES_A_TASK: Final = 400_000


class SparkEngine(Engine):
    """See `Engine`. `jars` has Iceberg's, `memory` is Spark's."""

    starting = "starting Spark"
    _sources: Sequence[Source]
    _naming: Naming
    _prepared: Prepared
    _spark: LocalSpark
    _lakehouse: Lakehouse
    _aside: ThreadPoolExecutor
    _landed: landing.Landed
    _account: Future[Account]
    _prices: Future[list[PriceBars]]

    def __init__(self, places: Places, jars: Path, memory: str) -> None:
        self._places = places
        self._jars = jars
        self._memory = memory

    def read(self, sources: Sequence[Source], naming: Naming, screen: Screen) -> Mapping[int, Counter[str]]:
        """See `Engine.read`."""
        self._sources, self._naming = sources, naming
        self._prepared = prepare(sources, naming, self._places.work / "spool", screen.show)
        return self._prepared.skipped

    @contextmanager
    def running(self, screen: Screen) -> Iterator[None]:
        """See `Engine.running`."""
        with local_spark(self._places.warehouse, self._places.work, self._jars, self._memory) as spark:
            self._spark = spark
            self._lakehouse = Lakehouse(spark.session, DATABASE)
            context = spark.session.sparkContext
            with watched(context, screen), ThreadPoolExecutor(1) as self._aside, spark.ended_by_interrupt():
                yield

    def land(self) -> Rows:
        """See `Engine.land`. What was refused is landed, and prices are prepared, while the detectors look at the trades."""
        spark = self._spark.session
        created = self._aside.submit(self._lakehouse.create, (RAW_TRADES, ANOMALY_ALERTS, DQ_REJECTS))
        rows = judged(spark, self._prepared, self._naming)
        created.result()
        tasks = max(self._spark.cores * 2, 1 + self._prepared.trades // _TRADES_A_TASK)
        self._landed = landed = landing.land(self._lakehouse, rows, tasks)
        now = time.time_ns() // 1000
        self._account = self._aside.submit(landing.account, spark, self._lakehouse, landed, self._sources, now)
        self._prices = self._aside.submit(lambda: price_bars(landed.trades, self.account().markets))
        return Rows(landed.count, landed.refused)

    def findings(self, detectors: Sequence[BaseDetector], features: Features) -> Iterator[Finding]:
        """See `Engine.findings`."""
        return batch.findings(self._landed.trades, detectors, features)

    def append(self, alerts: Sequence[Alert]) -> None:
        """See `Engine.append`."""
        self._lakehouse.append_rows(ANOMALY_ALERTS, alerts)

    def account(self) -> Account:
        """See `Engine.account`."""
        return self._account.result()

    def prices(self) -> list[PriceBars]:
        """See `Engine.prices`."""
        return self._prices.result()
