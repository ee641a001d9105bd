"""The main path of a replay, top to bottom."""

import shutil
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.features import Features
from coattail_replay import columns, detecting, drawing, landing, report
from coattail_replay.bars import price_bars
from coattail_replay.errors import ReplayError
from coattail_replay.layout import FEATURES, JARS, TIER
from coattail_replay.local_spark import Engine, local_spark
from coattail_replay.naming import Naming
from coattail_replay.options import Options
from coattail_replay.outputs import MARK, Places, place_file, place_folder, write_alerts
from coattail_replay.preparing import Prepared, judged, prepare
from coattail_replay.progress import Screen, watched
from coattail_replay.report import Report, SourceReport
from coattail_replay.sources import Choices, Source, look
from stream_detectors import batch
from stream_detectors.lakehouse import ANOMALY_ALERTS, DQ_REJECTS, RAW_TRADES, Lakehouse

_DATABASE: Final = "coattail"
_TRADES_A_TASK: Final = 400_000


class Stopwatch:
    """Seconds by phase."""

    def __init__(self, began: float, screen: Screen) -> None:
        self.seconds: dict[str, float] = {}
        self._screen = screen
        self._at = began
        self._phase: str | None = None

    def begin(self, phase: str) -> None:
        """A phase begins."""
        self.end()
        self._phase = phase
        self._screen.begin(phase)

    def end(self) -> None:
        """The present phase has ended."""
        now = time.monotonic()
        if self._phase is not None:
            self.seconds[self._phase] = round(now - self._at, 2)
            self._at = now
        self._phase = None


def replay(options: Options, places: Places, screen: Screen, began: float) -> Report:
    """Replay the files into the places. `began` is when the command was given, on the clock of `time.monotonic`.

    Raises `InputError`, before anything is written, when a file or an option cannot be used; `ReplayError` when nothing valid is
    in the files. Then, and when it is interrupted, nothing of it stays, and what the replay before has made does.
    """
    watch = Stopwatch(began, screen)
    watch.begin("checking the files")
    features, detectors = detecting.chosen(options.config or FEATURES, TIER, options.detectors)
    choices = Choices(
        format=options.format,
        exchange=options.exchange,
        columns=columns.parse(options.columns) if options.columns is not None else None,
        naming=Naming(options.symbols),
    )
    places.check(options.files)
    sources = look(options.files, choices)
    if _earlier(places.warehouse).exists():  # a replay was killed
        _put_back(places.warehouse)
    shutil.rmtree(places.work, ignore_errors=True)
    begun = finished = False
    try:
        prepared = prepare(sources, choices.naming, places.work / "spool", screen.show)
        watch.begin("starting Spark")
        begun = True
        _set_aside(places.warehouse)
        with local_spark(places.warehouse, places.work, JARS, options.memory) as engine:
            replayed = _through_spark(
                engine, sources, prepared, choices.naming, features, detectors, places, watch, screen
            )
        finished = True
    finally:
        if finished:
            shutil.rmtree(_earlier(places.warehouse), ignore_errors=True)
        elif begun:
            _put_back(places.warehouse)
        shutil.rmtree(places.work, ignore_errors=True)
    return replayed


def _through_spark(
    engine: Engine,
    sources: Sequence[Source],
    prepared: Prepared,
    naming: Naming,
    features: Features,
    detectors: list[BaseDetector],
    places: Places,
    watch: Stopwatch,
    screen: Screen,
) -> Report:
    spark = engine.spark
    lakehouse = Lakehouse(spark, _DATABASE)
    made = places.work / "made"
    made_tables, made_plots = made / "tables", made / "plots"
    for folder in (made_tables, made_plots):
        folder.mkdir(parents=True)
    with watched(spark.sparkContext, screen), ThreadPoolExecutor(1) as aside, engine.ended_by_interrupt():
        created = aside.submit(lakehouse.create, (RAW_TRADES, ANOMALY_ALERTS, DQ_REJECTS))
        rows = judged(spark, prepared, naming)
        created.result()
        watch.begin("landing the trades")
        landed = landing.land(lakehouse, rows, max(engine.cores * 2, 1 + prepared.trades // _TRADES_A_TASK))
        # While the detectors look at the trades, what was refused is landed, and prices are prepared for drawing.
        accounted = aside.submit(landing.account, spark, lakehouse, landed, sources, time.time_ns() // 1000)
        priced = aside.submit(lambda: price_bars(landed.trades, accounted.result().markets))
        if landed.refused == landed.count:
            raise ReplayError(f"no row of the files is a valid trade; refused: {_counted(accounted.result().refused)}")
        watch.begin("detecting")
        findings = batch.findings(landed.trades, detectors, features)
        alerts, files = detecting.keep(findings, detectors, made_tables)
        if alerts:
            lakehouse.append(ANOMALY_ALERTS, lakehouse.frame(alerts), {})
        account, prices = accounted.result(), priced.result()
    watch.begin("drawing")
    drawing.draw(prices, alerts, made_plots, screen.show)
    write_alerts(alerts, made / "alerts.jsonl")
    place_file(made / "alerts.jsonl", places.alerts)
    place_folder(made_tables, places.tables)
    place_folder(made_plots, places.plots)
    watch.end()
    of_fills = tuple(one.module.name for one in detectors if one.floor is not None)
    whole = sum(watch.seconds.values())
    trades = sum(one.trades for one in account.markets)
    found = Report(
        files=tuple(
            SourceReport(str(one.path), one.format, dict(prepared.skipped.get(one.number, {}))) for one in sources
        ),
        rows=landed.count,
        trades=trades,
        duplicates=landed.count - sum(account.refused.values()) - trades,
        without_usd=report.without_usd(account.markets, features) if of_fills else {},
        without_side=account.without_side,
        without_side_unseen_by=of_fills if account.without_side else (),
        refused=account.refused,
        skipped=dict(sum(prepared.skipped.values(), Counter[str]())),
        markets=report.markets(account.markets, alerts),
        alerts=dict(sorted(Counter(one.alert_type for one in alerts).items())),
        tables={one.table.name: one.rows for one in files},
        config_hash=features.config_hash,
        detectors=tuple(one.module.name for one in detectors),
        seconds=watch.seconds,
        trades_a_second=round(trades / whole, 1),
    )
    if places.report is not None:
        made_report = made / "report.json"
        made_report.write_bytes(report.encode(found))
        place_file(made_report, places.report)
    return found


def _earlier(warehouse: Path) -> Path:
    """Where the warehouse of the replay before waits until this one has succeeded."""
    return warehouse.with_name(f"{warehouse.name}.before")


def _set_aside(warehouse: Path) -> None:
    """Begin an empty warehouse. It is a replay's too, from its beginning. Iceberg's tables know their folder: they are made in place."""
    shutil.rmtree(_earlier(warehouse), ignore_errors=True)
    if warehouse.exists():
        warehouse.rename(_earlier(warehouse))
    warehouse.mkdir(parents=True)
    (warehouse / MARK).touch()


def _put_back(warehouse: Path) -> None:
    """Remove what is not finished, and put the warehouse of the replay before back, if there was one."""
    shutil.rmtree(warehouse, ignore_errors=True)
    if _earlier(warehouse).exists():
        _earlier(warehouse).rename(warehouse)


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "none"
