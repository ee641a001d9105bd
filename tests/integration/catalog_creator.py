"""One creator of tables, a process of its own: `python catalog_creator.py lambda` or `python catalog_creator.py spark`.

It says that it is ready, waits for a line on its standard input, and creates the tables. The Lambda's result is the last line it writes.
"""

import json
import os
import sys


def _wait() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def _lambda() -> None:
    from catalog_lambda.handler import handler
    from coattail_testkit.catalog import FakeContext

    _wait()
    print(json.dumps(handler({}, FakeContext())), flush=True)


def _spark() -> None:
    from coattail_testing.tables import TABLES
    from stream_detectors import session
    from stream_detectors.lakehouse import Lakehouse
    from stream_detectors.settings import Settings

    spark = session.build(Settings(warehouse=os.environ["CATALOG_LAMBDA_WAREHOUSE"]))
    spark.sql("SHOW NAMESPACES IN lakehouse").collect()
    _wait()
    Lakehouse(spark, os.environ["CATALOG_LAMBDA_DATABASE"]).create(list(TABLES.values()))
    print("done", flush=True)
    spark.stop()


if __name__ == "__main__":
    {"lambda": _lambda, "spark": _spark}[sys.argv[1]]()
