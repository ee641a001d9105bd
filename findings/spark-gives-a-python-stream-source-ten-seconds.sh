#!/bin/sh
# A streaming query over a Python data source starts a Python process for the source. Spark waits ten seconds for that
# process to connect back, and then the query fails: "Python worker failed to connect back". The ten seconds
# are a constant: spark.python.authenticate.socketTimeout, which bounds the other handshakes with Python, does not change them. A
# batch query over the same source has its Python from a daemon and waits. So on a busy machine
# the process that started a streaming job must start it again.
#
# Seen with pyspark 4.1.3, Python 3.13, Java 17; Python starts after 12 s here, as on a busy machine.
# Fails when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyspark==4.1.3 pyarrow==21.0.0
cat >"$folder/slow-python" <<SH
#!/bin/sh
sleep 12
exec "$folder/venv/bin/python" "\$@"
SH
chmod +x "$folder/slow-python"
cat >"$folder/query.py" <<'PY'
import sys

import pyspark
from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession
from pyspark.sql.datasource import DataSource, DataSourceReader, SimpleDataSourceStreamReader


class Stream(SimpleDataSourceStreamReader):
    def initialOffset(self):
        return {"at": 0}

    def read(self, start):
        at = min(start["at"] + 1, 1)
        return iter([(1,)] if start["at"] == 0 else []), {"at": at}

    def readBetweenOffsets(self, start, end):
        return iter([(1,)])


class Batch(DataSourceReader):
    def read(self, partition):
        yield (1,)


class Ones(DataSource):
    @classmethod
    def name(cls):
        return "ones"

    def schema(self):
        return "one int"

    def reader(self, schema):
        return Batch()

    def simpleStreamReader(self, schema):
        return Stream()


builder = SparkSession.builder.master("local[1]").config("spark.python.authenticate.socketTimeout", "120s")
for name, value in {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1"}.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
spark.dataSource.register(Ones)
batch = spark.read.format("ones").load().count()
query = spark.readStream.format("ones").load().writeStream.format("noop")
query = query.option("checkpointLocation", sys.argv[1]).start()
try:
    query.awaitTermination(60)
    outcome = "the stream is read"
except StreamingQueryException as error:
    outcome = "Python worker failed to connect back"
    outcome = outcome if outcome in str(error) else str(error)[:300]
print(f"pyspark {pyspark.__version__}: batch of {batch} row; stream: {outcome}")
PY
env -u SPARK_HOME PYSPARK_PYTHON="$folder/slow-python" PYSPARK_DRIVER_PYTHON="$folder/venv/bin/python" SPARK_LOCAL_IP=127.0.0.1 \
  "$folder/venv/bin/python" "$folder/query.py" "$folder/checkpoint" 2>"$folder/log" | tee "$folder/out"
grep -q "batch of 1 row; stream: Python worker failed to connect back" "$folder/out"
