"""One real LocalStack for all tests that are marked `localstack`, with a stand-in for Spark."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from local_cloud.testing import TestCloud, running_cloud

# In the place of spark-submit, for speed: drops the options, which need a Spark, and runs the entry point.
FAKE_SPARK_SUBMIT = """#!/bin/sh
while [ "${1#--}" != "$1" ]; do shift 2; done
exec "$PYSPARK_PYTHON" "$@"
"""


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Of a cloud in host mode whose jobs run without Spark."""
    submit = tmp_path_factory.mktemp("spark") / "fake-spark-submit"
    submit.write_text(FAKE_SPARK_SUBMIT)
    submit.chmod(0o755)
    return {**os.environ, "LOCAL_CLOUD": "host", "EMR_SPARK_SUBMIT": str(submit), "EMR_PYTHON": sys.executable}


@pytest.fixture(scope="session")
def localstack(tmp_path_factory: pytest.TempPathFactory, environment: Mapping[str, str]) -> Iterator[TestCloud]:
    with running_cloud(tmp_path_factory.mktemp("cloud"), environment) as running:
        yield running


@pytest.fixture
def write_plan(tmp_path: Path) -> Callable[[str, int, list[dict[str, object]]], Path]:
    """Writes a rendered plan (stack, order, resources) into a folder of the test's own, and returns the folder."""
    folder = tmp_path / "plans"
    folder.mkdir()

    def write(stack: str, order: int, resources: list[dict[str, object]]) -> Path:
        plan = {"format_version": 1, "stack": stack, "order": order, "resources": resources}
        (folder / f"{stack}.json").write_text(json.dumps(plan))
        return folder

    return write


@pytest.fixture(scope="session")
def until() -> Callable[[Callable[[], object]], None]:
    """Waits for a condition, 60 s at most."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 60
        tick = threading.Event()
        while not condition():
            assert time.monotonic() < deadline, "it did not come about within 60 s"
            tick.wait(0.05)

    return wait
