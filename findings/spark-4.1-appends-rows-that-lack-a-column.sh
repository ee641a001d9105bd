#!/bin/sh
# Spark 4.1 appends rows that lack an optional column of an Iceberg table, by DataFrameWriterV2 and by INSERT with a
# list of columns, and writes NULL there. Spark 4.0 refuses both with INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_FIND_DATA. A job that
# forgets a column after an upgrade loses its values without an error. A required column is still refused.
#
# Seen with pyspark 4.0.2 and Iceberg 1.10.1, and pyspark 4.1.3 and Iceberg 1.11.0, Java 17.
# Fails when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/append.py" <<'PY'
import sys

import pyspark
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

folder, package = sys.argv[1:]
catalog = "spark.sql.catalog.lake"
options = {
    "spark.jars.packages": package,
    "spark.jars.ivy": f"{folder}/ivy",
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    catalog: "org.apache.iceberg.spark.SparkCatalog",
    f"{catalog}.type": "hadoop",
    f"{catalog}.warehouse": f"file://{folder}/{pyspark.__version__}",
}
builder = SparkSession.builder.master("local[1]")
for name, value in options.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
spark.sql("CREATE NAMESPACE lake.d")
spark.sql("CREATE TABLE lake.d.t (id bigint NOT NULL, side string, price decimal(38,18)) USING iceberg")


def outcome(write):
    try:
        write()
    except AnalysisException as error:
        return error.getCondition()
    return "written"


print(
    pyspark.__version__,
    outcome(lambda: spark.createDataFrame([(1, "buy")], "id bigint, side string").writeTo("lake.d.t").append()),
    outcome(lambda: spark.sql("INSERT INTO lake.d.t (id) VALUES (2)")),
    outcome(lambda: spark.createDataFrame([("buy",)], "side string").writeTo("lake.d.t").append()),
    [tuple(row) for row in spark.table("lake.d.t").orderBy("id").collect()],
)
PY
see() {
  python3 -m venv "$folder/$1"
  "$folder/$1/bin/pip" install --quiet --disable-pip-version-check "pyspark==$1"
  env -u SPARK_HOME PYSPARK_PYTHON="$folder/$1/bin/python" SPARK_LOCAL_IP=127.0.0.1 \
    "$folder/$1/bin/python" "$folder/append.py" "$folder" "$2" 2>"$folder/$1.log" | tee "$folder/$1.out"
}
refused=INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_FIND_DATA
see 4.0.2 org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.10.1
see 4.1.3 org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0
test "$(cat "$folder/4.0.2.out")" = "4.0.2 $refused $refused $refused []"
test "$(cat "$folder/4.1.3.out")" = "4.1.3 written written $refused [(1, 'buy', None), (2, None, None)]"
