#!/bin/sh
# pyarrow's to_pylist looks for pytz once for each value of a timestamp column with a time zone, where pytz is not installed: Python
# does not remember that a module is missing, so every value searches all of sys.path. 8,000 times took 3 s, as integers a few ms.
# Without a time zone, or cast to integers before, nothing is searched.
#
# Seen with pyarrow 21.0.0, Python 3.13, without pytz and pandas: 2,000 searches for 2,000 values.
# Fails when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyarrow==21.0.0
cat >"$folder/count.py" <<'PY'
import importlib.abc
import sys

import pyarrow as pa


class Counting(importlib.abc.MetaPathFinder):
    searches = 0

    def find_spec(self, name, path, target=None):
        Counting.searches += name == "pytz"


sys.meta_path.insert(0, Counting())


def searches(column):
    before = Counting.searches
    assert len(column.to_pylist()) == 2000
    return Counting.searches - before


times = pa.array(range(2000), pa.timestamp("us", "UTC"))
print(pa.__version__, searches(times), searches(times.cast(pa.timestamp("us"))), searches(times.cast(pa.int64())))
PY
"$folder/venv/bin/python" "$folder/count.py" | tee "$folder/out"
test "$(cat "$folder/out")" = "21.0.0 2000 0 0"
