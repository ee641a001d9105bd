"""The main path: what a look does, tells and returns."""

import json

import pytest
from pyiceberg.catalog.glue import GlueCatalog

from catalog_lambda.catalog import UNTOLD, LakehouseCatalog
from catalog_lambda.catalog_check import CREATOR_GONE_MICROS, CatalogCheck, Result
from catalog_lambda.modules import tables
from catalog_lambda.settings import MODULE_IDS
from coattail_common.contracts import DifferenceKind, TableChanged, TableDifference, TableDiffers
from coattail_common.tables import CORE
from coattail_runtime import telemetry
from coattail_testing.bus import FakeBus
from coattail_testing.tables import TABLES
from coattail_testkit.catalog import FakeGlue

NOW = 1_700_000_000_000_000
NAMES = tuple(f"coattail.{name}" for name in TABLES)


def look(catalog: LakehouseCatalog, bus: FakeBus, modules: frozenset[str] = MODULE_IDS, now: int = NOW) -> Result:
    """One look, its metrics written as at the end of an invocation."""
    metrics = telemetry.metrics("catalog-lambda")
    try:
        return CatalogCheck(catalog, tables(modules), bus, metrics, telemetry.logger("test"), lambda: now).run()
    finally:
        metrics.flush_metrics()


def metrics(written: str) -> dict[str, list[float]]:
    """The two metrics of the last EMF line."""
    line = next(line for line in reversed(written.splitlines()) if '"_aws"' in line)
    return {name: value for name, value in json.loads(line).items() if name.startswith("Tables")}


def test_a_first_look_creates_and_tells_each_table(
    catalog: LakehouseCatalog, capsys: pytest.CaptureFixture[str]
) -> None:
    bus = FakeBus()
    result = look(catalog, bus)

    assert result == Result(created=NAMES, differing=(), unchanged=())
    assert bus.events == [TableChanged(occurred_at=NOW, table=name, change="created") for name in NAMES]
    assert metrics(capsys.readouterr().out) == {"TablesCreated": [float(len(NAMES))], "TablesDiffering": [0.0]}


def test_a_second_look_tells_nothing(catalog: LakehouseCatalog, capsys: pytest.CaptureFixture[str]) -> None:
    look(catalog, FakeBus())
    bus = FakeBus()

    assert look(catalog, bus) == Result(created=(), differing=(), unchanged=NAMES)
    assert bus.events == []
    assert metrics(capsys.readouterr().out) == {"TablesCreated": [0.0], "TablesDiffering": [0.0]}


def test_a_module_that_is_switched_off_has_no_table(catalog: LakehouseCatalog, iceberg: GlueCatalog) -> None:
    result = look(catalog, FakeBus(), frozenset())

    assert result.created == tuple(f"coattail.{table.name}" for table in CORE)
    assert not iceberg.table_exists("coattail.whale_trades")


def test_a_table_that_differs_is_reported_and_not_touched(
    catalog: LakehouseCatalog, iceberg: GlueCatalog, capsys: pytest.CaptureFixture[str]
) -> None:
    look(catalog, FakeBus())
    with iceberg.load_table("coattail.raw_trades").update_schema() as update:
        update.delete_column("origin")
    before = iceberg.load_table("coattail.raw_trades").metadata_location
    bus = FakeBus()

    result = look(catalog, bus)

    missing = TableDifference(kind=DifferenceKind.MISSING_COLUMN, column="origin", expected="string")
    assert [(one.table, one.differences) for one in result.differing] == [("coattail.raw_trades", (missing,))]
    assert result.unchanged == NAMES[1:]
    assert bus.events == [TableDiffers(occurred_at=NOW, table="coattail.raw_trades", differences=(missing,))]
    assert iceberg.load_table("coattail.raw_trades").metadata_location == before
    assert metrics(capsys.readouterr().out) == {"TablesCreated": [0.0], "TablesDiffering": [1.0]}


def test_a_table_that_fails_stops_no_other_and_is_raised_in_the_end(
    catalog: LakehouseCatalog, glue: FakeGlue, capsys: pytest.CaptureFixture[str]
) -> None:
    bus = FakeBus()
    failed = iter([True])

    def fail_once() -> None:
        if next(failed, False):
            raise PermissionError("lake")

    glue.before_create = fail_once
    with pytest.raises(ExceptionGroup, match=f"1 of {len(NAMES)} tables failed") as raised:
        look(catalog, bus)

    assert raised.value.exceptions[0].__notes__ == ["at table coattail.raw_trades"]
    assert len(bus.events) == len(NAMES) - 1
    assert metrics(capsys.readouterr().out)["TablesCreated"] == [float(len(NAMES) - 1)]
    assert look(catalog, bus).created == ("coattail.raw_trades",)


def test_a_bus_that_refuses_is_raised_and_the_tables_are_there(catalog: LakehouseCatalog, iceberg: GlueCatalog) -> None:
    with pytest.raises(ExceptionGroup):
        look(catalog, FakeBus("full", stubborn=True))

    assert {name for _, name in iceberg.list_tables("coattail")} == set(TABLES)


def test_a_creation_that_could_not_be_reported_is_reported_once_its_creator_is_gone(catalog: LakehouseCatalog) -> None:
    with pytest.raises(ExceptionGroup):
        look(catalog, FakeBus("full", stubborn=True))
    bus = FakeBus()

    assert look(catalog, bus, now=NOW + CREATOR_GONE_MICROS) == Result(created=(), differing=(), unchanged=NAMES)
    assert bus.events == []
    later = NOW + CREATOR_GONE_MICROS + 1
    assert look(catalog, bus, now=later) == Result(created=(), differing=(), unchanged=NAMES)
    assert bus.events == [TableChanged(occurred_at=later, table=name, change="created") for name in NAMES]
    look(catalog, bus, now=2 * later)
    assert len(bus.events) == len(NAMES)


def test_a_creation_after_this_look_read_its_clock_is_left_to_its_creator(catalog: LakehouseCatalog) -> None:
    """It was taken for damage, and told twice: by its creator and by a look that had begun a moment before."""
    with pytest.raises(ExceptionGroup):
        look(catalog, FakeBus("full", stubborn=True), now=NOW + 1)
    bus = FakeBus()

    look(catalog, bus, now=NOW)

    assert bus.events == []


@pytest.mark.parametrize("since", ["soon", "", "²", "-5", str(10 * NOW)])
def test_look_tells_a_creation_whose_time_is_damaged(
    since: str, catalog: LakehouseCatalog, iceberg: GlueCatalog
) -> None:
    """Another client may write the property: an unreadable time, or one to come, kept the event back for good."""
    look(catalog, FakeBus())
    with iceberg.load_table("coattail.raw_trades").transaction() as change:
        change.set_properties({UNTOLD: since})
    bus = FakeBus()

    look(catalog, bus)
    look(catalog, bus)

    assert bus.events == [TableChanged(occurred_at=NOW, table="coattail.raw_trades", change="created")]
