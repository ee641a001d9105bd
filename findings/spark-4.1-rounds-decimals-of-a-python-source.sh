#!/bin/sh
# A Python data source (pyspark.sql.datasource) that yields a Decimal with more digits behind the point than its
# schema has: Spark 4.0 ends the query with a PythonException, Spark 4.1 rounds the amount, half up, without an error or a warning.
# 0.0000000000000000015 in a decimal(38,18) column is read as 2E-18.
#
# Seen with pyspark 4.0.2 and 4.1.3, pyarrow 21.0.0, Python 3.13, Java 17.
# Fails when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/amounts.py" <<'PY'
from decimal import Decimal

import pyspark
from pyspark.errors import PythonException
from pyspark.sql import SparkSession
from pyspark.sql.datasource import DataSource, DataSourceReader


class Reader(DataSourceReader):
    def read(self, partition):
        yield (Decimal("0.0000000000000000015"),)


class Amounts(DataSource):
    @classmethod
    def name(cls):
        return "amounts"

    def schema(self):
        return "amount decimal(38,18)"

    def reader(self, schema):
        return Reader()


builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
spark = builder.getOrCreate()
spark.dataSource.register(Amounts)
try:
    outcome = spark.read.format("amounts").load().collect()[0].amount
except PythonException:
    outcome = "PythonException"
print(pyspark.__version__, outcome)
PY
see() {
  python3 -m venv "$folder/$1"
  "$folder/$1/bin/pip" install --quiet --disable-pip-version-check "pyspark==$1" pyarrow==21.0.0
  env -u SPARK_HOME PYSPARK_PYTHON="$folder/$1/bin/python" SPARK_LOCAL_IP=127.0.0.1 \
    "$folder/$1/bin/python" "$folder/amounts.py" 2>"$folder/$1.log" | tee "$folder/$1.out"
}
see 4.0.2
see 4.1.3
test "$(cat "$folder/4.0.2.out")" = "4.0.2 PythonException"
test "$(cat "$folder/4.1.3.out")" = "4.1.3 2E-18"
