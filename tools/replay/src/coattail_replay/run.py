"""The main path of a replay, top to bottom."""

import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from coattail_common.contracts import Alert
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.features import Features
from coattail_replay import columns, detecting, drawing, report
from coattail_replay.engine import Engine, Rows
from coattail_replay.engines import EngineName
from coattail_replay.errors import ReplayError
from coattail_replay.landed import Account
from coattail_replay.layout import FEATURES, JARS, TIER
from coattail_replay.naming import Naming
from coattail_replay.options import Options
from coattail_replay.outputs import MARK, Places, TableFile, place_file, place_folder, write_alerts
from coattail_replay.progress import Screen
from coattail_replay.report import Report, SourceReport
from coattail_replay.sources import Choices, Source, look


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


class _Made(msgspec.Struct, frozen=True):
    """What the engine and the detectors came to. `skipped` are messages by kind, by the number of their source."""

    skipped: Mapping[int, Counter[str]]
    rows: Rows
    account: Account
    alerts: Sequence[Alert]
    tables: Sequence[TableFile]


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
    engine = _engine(options, places)
    if _earlier(places.warehouse).exists():  # a replay was killed
        _put_back(places.warehouse)
    shutil.rmtree(places.work, ignore_errors=True)
    begun = finished = False
    try:
        skipped = engine.read(sources, choices.naming, screen)
        begun = True
        _set_aside(places.warehouse)
        made = _run(engine, skipped, features, detectors, places, watch, screen)
        watch.end()
        found = _report(made, sources, features, detectors, watch.seconds)
        if places.report is not None:
            made_report = places.work / "report.json"
            made_report.write_bytes(report.encode(found))
            place_file(made_report, places.report)
        finished = True
    finally:
        if finished:
            shutil.rmtree(_earlier(places.warehouse), ignore_errors=True)
        elif begun:
            _put_back(places.warehouse)
        shutil.rmtree(places.work, ignore_errors=True)
    return found


def _engine(options: Options, places: Places) -> Engine:
    """The engine that the options name. Spark's code takes seconds to load, and Arrow does without."""
    if options.engine is EngineName.SPARK:
        from coattail_replay.spark.engine import SparkEngine  # noqa: PLC0415

        return SparkEngine(places, JARS, options.memory)
    from coattail_replay.arrow.engine import ArrowEngine  # noqa: PLC0415

    return ArrowEngine(places, options.memory_bytes)


def _run(
    engine: Engine,
    skipped: Mapping[int, Counter[str]],
    features: Features,
    detectors: list[BaseDetector],
    places: Places,
    watch: Stopwatch,
    screen: Screen,
) -> _Made:
    made = places.work / "made"
    made_tables, made_plots = made / "tables", made / "plots"
    for folder in (made_tables, made_plots):
        folder.mkdir(parents=True)
    if engine.starting is not None:
        watch.begin(engine.starting)
    with engine.running(screen):
        watch.begin("landing the trades")
        rows = engine.land()
        if rows.refused == rows.count:
            raise ReplayError(f"no row of the files is a valid trade; refused: {_counted(engine.account().refused)}")
        watch.begin("detecting")
        alerts, tables = detecting.keep(engine.findings(detectors, features), detectors, made_tables)
        if alerts:
            engine.append(alerts)
        account, prices = engine.account(), engine.prices()
    watch.begin("drawing")
    drawing.draw(prices, alerts, made_plots, screen.show)
    write_alerts(alerts, made / "alerts.jsonl")
    place_file(made / "alerts.jsonl", places.alerts)
    place_folder(made_tables, places.tables)
    place_folder(made_plots, places.plots)
    return _Made(skipped, rows, account, alerts, tables)


def _report(
    made: _Made,
    sources: Sequence[Source],
    features: Features,
    detectors: Sequence[BaseDetector],
    seconds: dict[str, float],
) -> Report:
    account = made.account
    of_fills = tuple(one.module.name for one in detectors if one.floor is not None)
    trades = sum(one.trades for one in account.markets)
    return Report(
        files=tuple(SourceReport(str(one.path), one.format, dict(made.skipped.get(one.number, {}))) for one in sources),
        rows=made.rows.count,
        trades=trades,
        duplicates=made.rows.count - sum(account.refused.values()) - trades,
        without_usd=report.without_usd(account.markets, features) if of_fills else {},
        without_side=account.without_side,
        without_side_unseen_by=of_fills if account.without_side else (),
        refused=account.refused,
        skipped=dict(sum(made.skipped.values(), Counter[str]())),
        markets=report.markets(account.markets, made.alerts),
        alerts=dict(sorted(Counter(one.alert_type for one in made.alerts).items())),
        tables={one.table.name: one.rows for one in made.tables},
        config_hash=features.config_hash,
        detectors=tuple(one.module.name for one in detectors),
        seconds=seconds,
        trades_a_second=round(trades / sum(seconds.values()), 1),
    )


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
