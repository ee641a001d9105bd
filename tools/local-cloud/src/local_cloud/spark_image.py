"""What EMR's image brings to every job, as a properties file for `spark-submit`: the jars, and where it may listen."""

from pathlib import Path

from coattail_harness.ports import HOST

from .layout import Layout


def write_defaults(layout: Layout) -> Path | None:
    """Writes them into the state folder. None where the jars have not been fetched (`local_cloud.jars`)."""
    jars = sorted(layout.spark_jars.glob("*.jar"))
    if not jars:
        return None
    properties = {
        "spark.jars": ",".join(str(jar) for jar in jars),
        "spark.driver.memory": "3g",
        "spark.driver.host": HOST,
        "spark.driver.bindAddress": HOST,
        "spark.ui.enabled": "false",
    }
    target = layout.state / "spark-defaults.conf"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(f"{name} {value}\n" for name, value in properties.items()))
    return target
