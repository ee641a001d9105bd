"""Spark on this machine for what breaks it: two cores, a warehouse in a folder, a process of its own. What it leaves is read here."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pyspark.sql import SparkSession

from coattail_chaos.errors import ChaosError
from stream_detectors import session
from stream_detectors.settings import Settings

ROOT: Final = Path(__file__).resolve().parents[4]
DATABASE: Final = "coattail"
_JARS: Final = ROOT / ".local" / "ivy" / "jars"


def environment(folder: Path) -> Mapping[str, str]:
    """Return what a process of Python needs to start a Spark whose scratch lies in `folder`.

    Raises `ChaosError` when the jars of Iceberg are missing.
    """
    jars = sorted(str(jar) for jar in _JARS.glob("*.jar"))
    if not jars:
        raise ChaosError(f"{_JARS} has no jar of Iceberg; ./task setup fetches them")
    conf = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(folder / "spark"),
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        # It lives for seconds or has little to do: starting matters, and not how fast a million rows are.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.icu.caseMappings.enabled": "false",
    }
    words = f"--master local[2] --driver-memory 1g --jars {','.join(jars)}"
    given = " ".join(f"--conf '{key}={value}'" for key, value in conf.items())
    return {
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": f"{words} {given} pyspark-shell",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "TMPDIR": str(folder),
    }


def started(warehouse: Path) -> SparkSession:
    """Return the session over the tables in `warehouse`, as the application builds it; `environment` is that of this process."""
    missing = {"PYSPARK_SUBMIT_ARGS"} - os.environ.keys()
    if missing:
        raise ChaosError(f"{', '.join(missing)} is not set: this runs as a child of the chaos")
    spark = session.build(Settings(catalog="hadoop", warehouse=warehouse.as_uri()))
    spark.sparkContext.setLogLevel("FATAL")
    return spark
