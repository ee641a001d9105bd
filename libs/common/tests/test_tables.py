"""The registry of the tables: names, owners, and columns that the partitions are made of."""

import re

import pytest

from coattail_common.lake import columns
from coattail_common.tables import MODULES, TABLES, Table, active

CORE = ["raw_trades", "anomaly_alerts", "dq_rejects"]


@pytest.mark.parametrize(("name", "table"), TABLES.items())
def test_a_table_is_found_by_its_name_in_lower_case_as_glue_has_it(name: str, table: Table) -> None:
    assert table.name == name == name.lower()


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_is_partitioned_by_its_required_columns(table: Table) -> None:
    required = {column.name for column in columns(table.rows) if column.required}
    assert {re.sub(r"\w+\((\w+)\)", r"\1", transform) for transform in table.partitioned_by} <= required


def test_the_core_tables_are_always_active() -> None:
    assert [table.name for table in active(())] == CORE


def test_a_module_that_is_active_has_its_table() -> None:
    assert [table.name for table in active({"MOD-002"})] == [*CORE, "whale_trades"]


def test_table_of_module_names_it_twice() -> None:
    """A module's id owns the table; its name is what tier files list. A core table has neither."""
    assert {table.name: (table.module_name is None, table.module_id is None) for table in TABLES.values()} == {
        table.name: (table.name in CORE, table.name in CORE) for table in TABLES.values()
    }
    assert MODULES["whale-detector"] == "MOD-002"
    assert {table.name for table in active(MODULES.values())} == TABLES.keys()
