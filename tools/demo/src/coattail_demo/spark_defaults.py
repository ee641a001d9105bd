"""Spark on this machine: what EMR's own image would bring, and where the work may go."""

import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from coattail_demo.layout import Layout
from coattail_harness.ports import HOST

_JAVA: Final = (
    # A demo runs for minutes: the optimising compiler's work, half of all that Spark's start costs, would not pay off.
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
)


def properties(layout: Layout) -> dict[str, str]:
    """Spark's properties."""
    return {
        "spark.jars": ",".join(str(jar) for jar in sorted(layout.jars.glob("*.jar"))),
        "spark.driver.memory": "3g",
        "spark.driver.extraJavaOptions": " ".join(_JAVA),
        "spark.driver.host": HOST,
        "spark.driver.bindAddress": HOST,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(layout.state / "spark"),
    }


def write(layout: Layout) -> Path:
    """Write the properties file that the local cloud hands to every job."""
    lines = [f"{name} {value}" for name, value in properties(layout).items()]
    layout.spark_defaults.parent.mkdir(parents=True, exist_ok=True)
    layout.spark_defaults.write_text("\n".join(lines) + "\n")
    return layout.spark_defaults


def environment(layout: Layout, inherited: Mapping[str, str]) -> dict[str, str]:
    """What makes `spark-submit` find this environment's PySpark and Python, and no other installed on the machine."""
    pyspark = importlib.util.find_spec("pyspark")
    home = {"SPARK_HOME": str(Path(pyspark.origin).parent)} if pyspark is not None and pyspark.origin else {}
    return {
        **inherited,
        **home,
        "PATH": f"{layout.binaries}{os.pathsep}{inherited.get('PATH', '')}",
        "EMR_SPARK_SUBMIT": str(layout.binaries / "spark-submit"),
        "EMR_PYTHON": str(layout.python),
        "EMR_SPARK_DEFAULTS": str(layout.spark_defaults),
        "EMR_AHEAD": str(layout.ahead),
    }
