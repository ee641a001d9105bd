"""The detectors need little: a test of one does not wait for Spark."""

import subprocess
import sys

HEAVY = ("pyspark", "pyarrow", "boto3", "botocore", "aiohttp", "stream_detectors")


def test_the_detectors_import_neither_spark_nor_aws() -> None:
    """In a process of its own: this one has imported them."""
    load = "from coattail_detectors import ModuleRegistry; ModuleRegistry.load()"
    words = f"import sys; {load}; print([one for one in {HEAVY} if one in sys.modules])"
    told = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"
