"""One Spark session, on a warehouse in a folder, for all tests that need Spark."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from stream_detectors import session
from stream_detectors.settings import Settings

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("warehouse")


@pytest.fixture(scope="session")
def spark(warehouse: Path) -> Iterator[SparkSession]:
    jars = sorted(str(jar) for jar in (REPOSITORY / ".local/ivy/jars").glob("*.jar"))
    assert jars, "the Iceberg jars are missing: ./task setup fetches them"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["PYSPARK_SUBMIT_ARGS"] = (
        f"--master local[2] --driver-memory 2g --jars {','.join(jars)} "
        "--conf spark.ui.enabled=false --conf spark.sql.shuffle.partitions=2 pyspark-shell"
    )
    settings = Settings(catalog="hadoop", warehouse=f"file://{warehouse}")
    spark = session.build(settings)
    spark.sparkContext.setLogLevel("ERROR")
    yield spark
    spark.stop()
