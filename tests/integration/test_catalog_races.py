"""Several creators at once on a real server of Glue and S3: the Lambda's handler in processes of its own, and Spark."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import msgspec
import pytest

from catalog_lambda.catalog import open_catalog
from catalog_lambda.catalog_check import Result
from catalog_lambda.differences import differences
from catalog_lambda.settings import Settings
from coattail_testing.tables import TABLES
from local_cloud.testing import TestCloud

pytestmark = pytest.mark.localstack

ROOT = Path(__file__).parents[2]
CREATOR = Path(__file__).with_name("catalog_creator.py")
REGION = "us-west-2"
LAMBDAS = 3


class Place(msgspec.Struct, frozen=True):
    """A database of a test's own, and the environment that points creators to it."""

    settings: Settings
    environment: dict[str, str]


@pytest.fixture
def place(cloud: TestCloud) -> Place:
    name = f"catalog_{uuid.uuid4().hex[:8]}"
    bucket = name.replace("_", "-")
    cloud.clients.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    cloud.clients.client("events").create_event_bus(Name=name)
    jars = ",".join(str(jar) for jar in sorted((ROOT / ".local/ivy/jars").glob("*.jar")))
    settings = Settings(
        warehouse=f"s3://{bucket}/warehouse", database=name, bus=name, AWS_ENDPOINT_URL=cloud.record.endpoint
    )
    return Place(
        settings,
        os.environ
        | {
            "AWS_REGION": REGION,
            "CATALOG_LAMBDA_WAREHOUSE": settings.warehouse,
            "CATALOG_LAMBDA_DATABASE": name,
            "CATALOG_LAMBDA_BUS": name,
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_SUBMIT_ARGS": f"--master local[1] --driver-memory 1g --jars {jars} "
            "--conf spark.ui.enabled=false pyspark-shell",
        },
    )


@contextmanager
def creator(kind: str, place: Place) -> Iterator["subprocess.Popen[str]"]:
    """A creator's process, ended at the latest with the context."""
    with subprocess.Popen(
        [sys.executable, str(CREATOR), kind],
        env=place.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def pipe(stream: IO[str] | None) -> IO[str]:
    """The pipe, which is there."""
    assert stream is not None
    return stream


def race(kinds: Sequence[str], place: Place) -> list[Result]:
    """Lets the creators go at once, when all are ready; the results of the Lambdas among them."""
    with ExitStack() as running:
        processes = [running.enter_context(creator(kind, place)) for kind in kinds]
        for process in processes:
            assert pipe(process.stdout).readline() == "ready\n"
        for process in processes:
            pipe(process.stdin).write("\n")
            pipe(process.stdin).flush()
        written = [process.communicate(timeout=120)[0].splitlines() for process in processes]
        assert [process.returncode for process in processes] == [0] * len(kinds)
    return [
        msgspec.json.decode(lines[-1], type=Result)
        for kind, lines in zip(kinds, written, strict=True)
        if kind == "lambda"
    ]


def check_tables(place: Place) -> None:
    """Every table is there, as it is defined."""
    catalog = open_catalog(place.settings)
    for table in TABLES.values():
        found = catalog.load_table(f"{place.settings.database}.{table.name}")
        assert differences(table, found.schema(), found.spec()) == ()


def test_of_several_invocations_at_once_one_creates_each_table(place: Place) -> None:
    results = race(["lambda"] * LAMBDAS, place)

    assert sorted(name for result in results for name in result.created) == sorted(
        f"{place.settings.database}.{name}" for name in TABLES
    )
    assert all(result.differing == () for result in results)
    assert all(len(result.created) + len(result.unchanged) == len(TABLES) for result in results)
    check_tables(place)


@pytest.mark.spark
def test_invocations_and_spark_s_create_if_not_exists_do_not_mind_each_other(place: Place) -> None:
    results = race(["spark"] + ["lambda"] * LAMBDAS, place)

    created = [name for result in results for name in result.created]
    assert len(created) == len(set(created))
    assert all(result.differing == () for result in results)
    check_tables(place)


def test_what_a_killed_invocation_leaves_is_done_by_the_next(place: Place) -> None:
    with creator("lambda", place) as process:
        assert pipe(process.stdout).readline() == "ready\n"
        pipe(process.stdin).write("\n")
        pipe(process.stdin).flush()
        assert any('"table created"' in line for line in pipe(process.stdout))
        process.kill()

    (result,) = race(["lambda"], place)

    assert 0 < len(result.created) < len(TABLES)
    assert result.differing == ()
    check_tables(place)
