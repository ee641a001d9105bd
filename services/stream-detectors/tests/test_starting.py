"""The parts of a start that can be looked at without Spark."""

import itertools
import threading
from concurrent.futures import Future
from pathlib import Path

import pytest

from coattail_detectors.kernel import tiers
from coattail_detectors.kernel.errors import FeaturesError
from coattail_detectors.kernel.tiers import Tier
from coattail_testing.imports import loaded
from stream_detectors.application import released, when_warm
from stream_detectors.artifacts import job_driver, packages, uploads

REPOSITORY = Path(__file__).parents[3]


def test_a_start_that_is_held_waits_for_the_file(tmp_path: Path) -> None:
    hold, stop = tmp_path / "released", threading.Event()
    ended: list[bool] = []
    waiting = threading.Thread(target=lambda: ended.append(released(hold, stop)))
    waiting.start()
    assert ended == []
    hold.touch()
    waiting.join(60)
    assert ended == [True]


def test_a_start_that_is_held_ends_when_told(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    assert not released(tmp_path / "released", stop)


def test_a_start_that_is_not_held_goes_on() -> None:
    assert released(None, threading.Event())


def test_the_first_batch_waits_for_the_warm_up() -> None:
    warming: Future[None] = Future()
    seen: list[int] = []
    batch = when_warm(lambda _frame, number: seen.append(number), warming)
    querying = threading.Thread(target=batch, args=(None, 0))
    querying.start()
    assert seen == []
    warming.set_result(None)
    querying.join(60)
    assert seen == [0]


def test_a_warm_up_that_failed_ends_the_query() -> None:
    warming: Future[None] = Future()
    warming.set_exception(ValueError("no table"))
    batch = when_warm(lambda _frame, _number: None, warming)
    with pytest.raises(ValueError, match="no table"):
        batch(None, 0)  # type: ignore[arg-type]


def test_the_same_code_makes_the_same_zip() -> None:
    assert packages() == packages()


SMALL = tiers.load(REPOSITORY / "config" / "tiers" / "small.yaml")


def test_uploads_and_command_name_the_same_files() -> None:
    names = uploads(REPOSITORY / "config" / "demo.yaml", SMALL).keys()
    submit = job_driver("local", "us-west-2", SMALL, ["--landing-seconds=5"])["sparkSubmit"]
    asked = " ".join([submit["entryPoint"], submit["sparkSubmitParameters"]])
    assert names == {"main.py", "packages.zip", "features.yaml", "tier.yaml"}
    assert all(f"s3://coattail-local-artifacts/stream-detectors/{name}" in asked for name in names)
    assert submit["entryPointArguments"][-1] == "--landing-seconds=5"


def test_command_asks_for_the_tiers_workers() -> None:
    """Each setting stands in the command, as one word and once."""
    words = job_driver("local", "us-west-2", SMALL, ())["sparkSubmit"]["sparkSubmitParameters"].split()
    given = [word for option, word in itertools.pairwise(words) if option == "--conf"]

    assert given == [f"{name}={value}" for name, value in SMALL.confs().items()]
    assert {"spark.executor.instances=1", "spark.dynamicAllocation.initialExecutors=1"} <= set(given)


def test_command_needs_workers() -> None:
    """Without sizes EMR Serverless would take its own, which no maximum of ours holds."""
    with pytest.raises(FeaturesError, match="the tier has no workers"):
        job_driver("local", "us-west-2", Tier(modules=()), ())


def test_who_prepares_a_run_waits_for_no_spark() -> None:
    found = loaded("import stream_detectors.artifacts")

    assert "stream_detectors.artifacts" in found
    assert not found & {"pyspark", "pyarrow", "boto3"}
