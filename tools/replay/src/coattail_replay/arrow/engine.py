"""The replay's steps in this process."""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Final

import pyarrow as pa

from coattail_common.arrow import arrow_rows
from coattail_common.contracts import Alert
from coattail_common.ids import Market
from coattail_common.tables import ANOMALY_ALERTS, DQ_REJECTS, RAW_TRADES
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.playback import Stretch, lateness_micros, play
from coattail_detectors.registry import wanted
from coattail_replay.arrow import identity, observing
from coattail_replay.arrow.compute import compute as pc
from coattail_replay.arrow.identity import Conflict
from coattail_replay.arrow.landing import PartitionFiles, split_by_side, write_trades
from coattail_replay.arrow.observing import Observer
from coattail_replay.arrow.reading import Reader
from coattail_replay.arrow.spill import Spill, sort
from coattail_replay.arrow.trades import Markets, column
from coattail_replay.arrow.warehouse import MICROS_A_DAY, FolderTable, Warehouse
from coattail_replay.engine import Engine, Rows
from coattail_replay.landed import TRADES_WITHOUT_SIDE, Account, LandedMarket
from coattail_replay.naming import Naming
from coattail_replay.outputs import DATABASE, Places
from coattail_replay.prices import PriceBars, width
from coattail_replay.progress import Screen
from coattail_replay.sources import Source

_MICROS: Final = 1_000_000
_PARTS_OF_MEMORY: Final = 4
"""The trades as they were read are one part of it, as they are observed another; the rest is for what is done with them."""


class ArrowEngine(Engine):
    """See `Engine`. `memory` (bytes) is about what it may use; what has no room there lies in a folder while it runs."""

    _sources: Sequence[Source]
    _reader: Reader
    _warehouse: Warehouse
    _alerts: FolderTable
    _rejects: FolderTable
    _observer: Observer

    def __init__(self, places: Places, memory: int) -> None:
        self._places = places
        self._kept = memory // _PARTS_OF_MEMORY
        self._threads = _count_cores()
        self._markets = Markets()
        self._landed = _Landed()

    def read(self, sources: Sequence[Source], naming: Naming, screen: Screen) -> Mapping[int, Counter[str]]:
        """See `Engine.read`."""
        self._sources = sources
        self._reader = Reader(self._places.work / "rows", naming, self._markets, self._threads, self._kept)
        return self._reader.read(sources, screen.show)

    @contextmanager
    def running(self, screen: Screen) -> Iterator[None]:  # noqa: ARG002  (what it does shows in the phases)
        """See `Engine.running`."""
        self._warehouse = Warehouse(self._places.warehouse, DATABASE)
        self._alerts, self._rejects = (self._warehouse.create(one) for one in (ANOMALY_ALERTS, DQ_REJECTS))
        yield

    def land(self) -> Rows:
        """See `Engine.land`."""
        refused = self._reader.rejects.counts.total()
        has_side = [one.has_side for one in self._sources]
        trades = self._warehouse.create(RAW_TRADES)
        without_side = None if all(has_side) else self._warehouse.create(TRADES_WITHOUT_SIDE)
        observed = Spill(self._places.work / "rows" / "observed.arrow", observing.SCHEMA, "timestamp", self._kept)
        with observed, ThreadPoolExecutor(self._threads) as pool:
            tasks = [
                pool.submit(self._land_market, number, trades, without_side, observed)
                for number in self._markets.in_order()
            ]
            for task in tasks:
                self._reader.rejects.add([(one.source, one.row, one.rule, one.line) for one in task.result()])
        trades.commit()
        if without_side is not None:
            without_side.commit()
        files = {one.number: str(one.path) for one in self._sources}
        self._reader.rejects.land(self._rejects, files, time.time_ns() // 1000)
        self._observed = observed
        return Rows(self._reader.rows, refused)

    def _land_market(
        self, number: int, trades: FolderTable, without_side: FolderTable | None, observed: Spill
    ) -> list[Conflict]:
        """Land one market's trades, each once and by id; the rows that contradict an earlier one of their id."""
        market = self._markets[number]
        conflicts: list[Conflict] = []
        with ExitStack() as stack:
            sided = stack.enter_context(PartitionFiles(trades))
            others = None if without_side is None else stack.enter_context(PartitionFiles(without_side))
            for rows in self._stretches(number, conflicts):
                has_side, has_none = split_by_side(rows)
                if len(has_side):
                    write_trades(sided, trades.schema, has_side, market)
                if others is not None and without_side is not None and len(has_none):
                    write_trades(others, without_side.schema, has_none, market)
                self._landed.add(market, rows, len(has_none))
                in_time = sort(observing.as_observed(rows), "timestamp")
                for batch in in_time.combine_chunks().to_batches():
                    observed.write(batch)
        return conflicts

    def _stretches(self, number: int, conflicts: list[Conflict]) -> Iterator[pa.Table]:
        """A market's trades, each once, by id."""
        if number in self._reader.with_ids.pieces:
            for rows in self._reader.with_ids.stretches(number):
                kept, found = identity.once(rows, self._markets[number])
                conflicts += found
                yield kept
        if number in self._reader.without_ids.pieces:
            for rows in self._reader.without_ids.stretches(number):
                yield identity.with_ids(rows)

    def findings(self, detectors: Sequence[BaseDetector], features: Features) -> Iterator[Finding]:
        """See `Engine.findings`."""
        widths = {
            number: width(self._landed.market(self._markets[number])) * _MICROS
            for number in self._markets.in_order()
            if self._landed.has(self._markets[number])
        }
        asked = wanted(detectors, features)
        self._observer = Observer(self._observed, self._markets, asked, lateness_micros(features), widths)
        return play(self.stretches(), detectors, features)

    def stretches(self) -> Iterator[Stretch]:
        """Yield what the detectors are shown, after `findings`."""
        return self._observer.stretches(self._threads)

    def append(self, alerts: Sequence[Alert]) -> None:
        """See `Engine.append`."""
        rows = arrow_rows(alerts)
        rows = pa.Table.from_arrays(rows.columns, schema=self._alerts.schema)
        days = pc.divide(pc.cast(rows["detected_at"], pa.int64()), MICROS_A_DAY)
        with PartitionFiles(self._alerts) as files:
            for day in pc.unique(days).to_pylist():
                of_day = rows.filter(pc.equal(days, day))
                for kind in pc.unique(of_day["alert_type"]).to_pylist():
                    files.write((day, kind), of_day.filter(pc.equal(of_day["alert_type"], kind)))
        self._alerts.commit()

    def account(self) -> Account:
        """See `Engine.account`."""
        return Account(
            self._landed.markets(), self._landed.without_side, dict(sorted(self._reader.rejects.counts.items()))
        )

    def prices(self) -> list[PriceBars]:
        """See `Engine.prices`."""
        return self._observer.price_bars()


class _Landed:
    """Counts what has landed. Threads may share it."""

    def __init__(self) -> None:
        self._markets: dict[Market, LandedMarket] = {}
        self._lock = threading.Lock()
        self.without_side = 0

    def add(self, market: Market, rows: pa.Table, without_side: int) -> None:
        """Count trades of the market, at least one."""
        times = column(rows, "timestamp")
        first, last = int(times.min()), int(times.max())
        with self._lock:
            self.without_side += without_side
            known = self._markets.get(market)
            trades = len(times)
            if known is not None:
                trades, first, last = known.trades + trades, min(known.first, first), max(known.last, last)
            self._markets[market] = LandedMarket(market.exchange, market.symbol, trades, first, last)

    def has(self, market: Market) -> bool:
        """Whether the market has a trade."""
        return market in self._markets

    def market(self, market: Market) -> LandedMarket:
        """Return the market's count."""
        return self._markets[market]

    def markets(self) -> tuple[LandedMarket, ...]:
        """Return the counts by market."""
        return tuple(self._markets[market] for market in sorted(self._markets))


def _count_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
