#!/bin/sh
# To pyiceberg the removal of a table property that is not there is an error, not nothing: a KeyError, at the
# commit, which leaves the other changes of the transaction undone too. Two clients that clear the same marker meet it: the
# second has read the table after the first has committed, and there is no conflict of commits to retry.
#
# Seen with pyiceberg 0.12.0 on Python 3.13: KeyError('marker'), and the property set in the same transaction is not there.
# Fails when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pyiceberg[pyarrow,sql-sqlite]==0.12.0"
"$folder/venv/bin/python" - "$folder" <<'PY'
import sys

import pyiceberg
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField

folder = sys.argv[1]
catalog = SqlCatalog("c", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}/warehouse")
catalog.create_namespace("lake")
table = catalog.create_table("lake.trades", Schema(NestedField(1, "trade_id", LongType())), properties={"marker": "1"})
with table.transaction() as change:
    change.remove_properties("marker")
try:
    with catalog.load_table("lake.trades").transaction() as change:
        change.set_properties({"another": "1"})
        change.remove_properties("marker")
    outcome = "no error"
except KeyError as error:
    outcome = repr(error)
properties = catalog.load_table("lake.trades").properties
print(f"pyiceberg {pyiceberg.__version__}: {outcome}; properties: {dict(properties)}")
assert outcome == "KeyError('marker')", outcome
assert "another" not in properties, properties
PY
