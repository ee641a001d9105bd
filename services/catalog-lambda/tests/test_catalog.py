"""The first creator makes a table, and existing tables stay as they are."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.schema import Schema
from pyiceberg.types import NestedField, StringType

from catalog_lambda.catalog import LakehouseCatalog, Seen, open_catalog
from catalog_lambda.settings import Settings
from coattail_common.contracts import DifferenceKind
from coattail_common.lake import iceberg_partitions, iceberg_schema
from coattail_common.tables import RAW_TRADES, Table
from coattail_testing.tables import TABLES
from coattail_testkit.catalog import FakeGlue

DATABASE = "coattail"
NOW = 1_700_000_000_000_000
CREATORS = 8


def test_what_is_missing_is_created(catalog: LakehouseCatalog, iceberg: GlueCatalog) -> None:
    catalog.ensure_database()

    assert [catalog.ensure(table, NOW) for table in TABLES.values()] == [Seen(created=True, untold_since=NOW)] * len(
        TABLES
    )
    assert {name for _, name in iceberg.list_tables(DATABASE)} == set(TABLES)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_is_as_it_is_defined(
    catalog: LakehouseCatalog, iceberg: GlueCatalog, tmp_path: Path, table: Table
) -> None:
    catalog.ensure_database()
    catalog.ensure(table, NOW)

    made = iceberg.load_table(catalog.name(table))
    schema = iceberg_schema(table.rows)
    assert made.schema().fields == schema.fields
    assert made.spec() == iceberg_partitions(schema, table.partitioned_by)
    assert made.format_version == 2
    assert made.properties["write.parquet.compression-codec"] == "zstd"
    assert made.location() == f"file://{tmp_path}/{table.name}"


def test_a_second_look_changes_nothing(catalog: LakehouseCatalog, iceberg: GlueCatalog, glue: FakeGlue) -> None:
    catalog.ensure_database()
    catalog.ensure(RAW_TRADES, NOW)
    before = iceberg.load_table(catalog.name(RAW_TRADES)).metadata_location

    catalog.ensure_database()
    assert catalog.ensure(RAW_TRADES, NOW + 1) == Seen(created=False, untold_since=NOW)
    assert iceberg.load_table(catalog.name(RAW_TRADES)).metadata_location == before
    assert glue.created == ["raw_trades"]


def test_what_has_been_reported_does_not_wait_to_be(catalog: LakehouseCatalog, iceberg: GlueCatalog) -> None:
    catalog.ensure_database()
    catalog.ensure(RAW_TRADES, NOW)

    catalog.told(RAW_TRADES)

    assert catalog.ensure(RAW_TRADES, NOW) == Seen(created=False)
    catalog.told(RAW_TRADES)  # As by two that told at the same time.
    iceberg.drop_table(catalog.name(RAW_TRADES))
    catalog.told(RAW_TRADES)


def test_a_table_that_came_in_between_is_looked_at_and_not_created(
    catalog: LakehouseCatalog, iceberg: GlueCatalog, glue: FakeGlue
) -> None:
    """As when Spark's CREATE TABLE IF NOT EXISTS comes between the look and the creation: its table stays, differing as it may."""
    catalog.ensure_database()

    def rival() -> None:
        glue.before_create = lambda: None
        iceberg.create_table(catalog.name(RAW_TRADES), Schema(NestedField(1, "event_id", StringType(), required=True)))

    glue.before_create = rival
    seen = catalog.ensure(RAW_TRADES, NOW)

    assert not seen.created
    assert {one.kind for one in seen.differences} == {DifferenceKind.MISSING_COLUMN, DifferenceKind.PARTITIONS}
    assert iceberg.load_table(catalog.name(RAW_TRADES)).schema().column_names == ["event_id"]


def test_a_database_that_came_in_between_is_as_good(iceberg: GlueCatalog, settings: Settings) -> None:
    class FakeLate(GlueCatalog):
        """Does not know the database yet."""

        def namespace_exists(self, namespace: str | tuple[str, ...]) -> bool:  # noqa: ARG002  (the catalog's signature)
            return False

    late = LakehouseCatalog(FakeLate("late", client=iceberg.glue), DATABASE, settings.warehouse)
    iceberg.create_namespace(DATABASE)
    late.ensure_database()

    assert iceberg.list_namespaces() == [(DATABASE,)]


def test_of_many_at_once_one_creates_each_table(glue: FakeGlue, iceberg: GlueCatalog, settings: Settings) -> None:
    together = threading.Barrier(CREATORS)

    def one(_: int) -> list[tuple[str, Seen]]:
        catalog = LakehouseCatalog(open_catalog(settings, glue), DATABASE, settings.warehouse)
        together.wait(timeout=60)
        catalog.ensure_database()
        seen = []
        for table in TABLES.values():
            together.wait(timeout=60)
            seen.append((table.name, catalog.ensure(table, NOW)))
        return seen

    with ThreadPoolExecutor(CREATORS) as pool:
        seen = [each for results in pool.map(one, range(CREATORS)) for each in results]

    assert sorted(name for name, each in seen if each.created) == sorted(TABLES)
    assert all(each.differences == () for _, each in seen)
    assert sorted(glue.created) == sorted(TABLES)
    assert {name for _, name in iceberg.list_tables(DATABASE)} == set(TABLES)


@pytest.mark.parametrize("parameters", [{}, {"table_type": "HUDI"}, {"table_type": "ICEBERG"}])
def test_a_table_of_another_format_is_told_and_left(
    catalog: LakehouseCatalog, glue: FakeGlue, parameters: dict[str, str]
) -> None:
    catalog.ensure_database()
    glue.create_table(DatabaseName=DATABASE, TableInput={"Name": "raw_trades", "Parameters": parameters})

    seen = catalog.ensure(RAW_TRADES, NOW)

    assert [(one.kind, one.expected) for one in seen.differences] == [(DifferenceKind.FORMAT, "iceberg")]
    assert glue.get_table(DatabaseName=DATABASE, Name="raw_trades")["Table"]["Parameters"] == parameters
