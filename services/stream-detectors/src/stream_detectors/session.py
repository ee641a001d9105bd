"""The Spark session: the catalog of the lakehouse, and the few options whose defaults are wrong for small, frequent batches."""

from typing import Final

from pyspark.sql import SparkSession

from stream_detectors.lakehouse import CATALOG, SCRATCH
from stream_detectors.scratch import scratch_folder
from stream_detectors.settings import Settings

_OPTIONS: Final = {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    f"spark.sql.catalog.{CATALOG}": "org.apache.iceberg.spark.SparkCatalog",
    # The cache would show a batch the table as the session first saw it.
    f"spark.sql.catalog.{CATALOG}.cache-enabled": "false",
    # A folder of this process alone, where the warm-up lands.
    f"spark.sql.catalog.{SCRATCH}": "org.apache.iceberg.spark.SparkCatalog",
    f"spark.sql.catalog.{SCRATCH}.type": "hadoop",
    f"spark.sql.catalog.{SCRATCH}.cache-enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    # Small batches: planning again by statistics costs more than it saves.
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.streaming.noDataMicroBatches.enabled": "false",
    "spark.sql.streaming.metricsEnabled": "false",
    "spark.sql.streaming.numRecentProgressUpdates": "10",
    "spark.sql.streaming.minBatchesToRetain": "2",
    # What is cached lives for seconds: compressing it costs more than it saves.
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
    "spark.scheduler.mode": "FAIR",
    # Between Python and the JVM: after the default of 15 s a busy driver would end the application.
    "spark.python.authenticate.socketTimeout": "120s",
}


def build(settings: Settings) -> SparkSession:
    """The session of this process. What the platform sets (master, memory, jars) stays as it is."""
    builder = SparkSession.builder.appName("stream-detectors")
    for key, value in (_OPTIONS | _catalog(settings)).items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def _catalog(settings: Settings) -> dict[str, str]:
    catalog = f"spark.sql.catalog.{CATALOG}"
    options = {
        f"{catalog}.warehouse": settings.warehouse,
        f"spark.sql.catalog.{SCRATCH}.warehouse": scratch_folder().as_uri(),
    }
    if settings.catalog == "hadoop":
        return options | {f"{catalog}.type": "hadoop"}
    options |= {
        f"{catalog}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        f"{catalog}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        f"{catalog}.client.region": settings.region,
    }
    if settings.endpoint:
        options |= {
            f"{catalog}.glue.endpoint": settings.endpoint,
            f"{catalog}.s3.endpoint": settings.endpoint,
            f"{catalog}.s3.path-style-access": "true",
        }
    return options
