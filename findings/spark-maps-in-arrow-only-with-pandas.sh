#!/bin/sh
# DataFrame.mapInArrow hands a function Arrow batches and takes Arrow batches back, and yet refuses to start where pandas is not installed:
# PySparkImportError, PACKAGE_NOT_INSTALLED. An Arrow UDTF over the frame as a table (asTable) does the same without pandas:
# eval gets each batch of a partition, and terminate ends it.
#
# Seen with pyspark 4.1.3, pyarrow 21.0.0, Python 3.13, Java 17, without pandas.
# Fails when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/map.py" <<'PY'
import pyarrow as pa
import pyspark
from pyspark.errors import PySparkImportError
from pyspark.sql import SparkSession
from pyspark.sql.functions import arrow_udtf

builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
spark = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
frame = spark.range(0, 25_000, 1, 2)


def counted(batches):
    for batch in batches:
        yield pa.record_batch({"rows": pa.array([batch.num_rows])})


try:
    mapped = len(frame.mapInArrow(counted, "rows long").collect())
except PySparkImportError as error:
    mapped = error.getCondition()


@arrow_udtf(returnType="rows long, batches long")
class Count:
    def __init__(self):
        self.sizes = []

    def eval(self, batch):
        self.sizes.append(batch.num_rows)
        yield from ()

    def terminate(self):
        yield pa.table({"rows": pa.array([sum(self.sizes)]), "batches": pa.array([len(self.sizes)])})


print(pyspark.__version__, mapped, [tuple(row) for row in Count(frame.asTable()).collect()])
PY
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyspark==4.1.3 pyarrow==21.0.0
env -u SPARK_HOME PYSPARK_PYTHON="$folder/venv/bin/python" SPARK_LOCAL_IP=127.0.0.1 \
  "$folder/venv/bin/python" "$folder/map.py" 2>"$folder/log" | tee "$folder/out"
test "$(cat "$folder/out")" = "4.1.3 PACKAGE_NOT_INSTALLED [(12500, 2), (12500, 2)]"
