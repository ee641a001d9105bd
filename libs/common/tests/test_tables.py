"""The tables: their names, and columns that the partitions are made of."""

import re

import pytest

from coattail_common.lake import columns
from coattail_common.tables import CORE, Table
from coattail_testing.tables import TABLES


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_is_named_in_lower_case_as_glue_has_it(table: Table) -> None:
    assert table.name == table.name.lower()


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_is_partitioned_by_its_required_columns(table: Table) -> None:
    required = {column.name for column in columns(table.rows) if column.required}
    assert {re.sub(r"\w+\((\w+)\)", r"\1", transform) for transform in table.partitioned_by} <= required


def test_the_core_tables_are_there_whichever_modules_run() -> None:
    assert [table.name for table in CORE] == ["raw_trades", "anomaly_alerts", "dq_rejects"]
