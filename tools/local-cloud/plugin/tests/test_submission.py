from pathlib import Path

import pytest
from localstack_host_plugin.emr.submission import InvalidJobError, Spark, command, localised, read

SPARK = Spark(Path("/opt/spark-submit"), "local[2]", None)


def fetch(address: str) -> Path:
    return Path("/files") / address.rpartition("/")[2]


def driver(**fields: object) -> dict[str, object]:
    return {"sparkSubmit": {"entryPoint": "s3://artifacts/app.py", **fields}}


def test_the_whole_way_from_request_to_command() -> None:
    job = driver(
        entryPointArguments=["--env", "local"],
        sparkSubmitParameters="--py-files s3://artifacts/a.zip,s3://artifacts/b.zip --conf spark.a='one two'",
    )
    overrides = {"applicationConfiguration": [{"classification": "spark-defaults", "properties": {"spark.b": "2"}}]}
    assert command(localised(read(job, overrides), fetch), SPARK) == [
        *("/opt/spark-submit", "--master", "local[2]"),
        *("--conf", "spark.b=2"),
        *("--py-files", "/files/a.zip,/files/b.zip"),
        *("--conf", "spark.a=one two"),
        *("/files/app.py", "--env", "local"),
    ]


def test_what_the_image_would_bring_is_a_properties_file_and_comes_first() -> None:
    words = command(read(driver(), {}), Spark(Path("/opt/spark-submit"), "local[1]", Path("/etc/defaults.conf")))
    assert words[3:5] == ["--properties-file", "/etc/defaults.conf"]


def test_the_application_yields_to_the_run_and_the_run_to_its_parameters() -> None:
    runtime = [{"classification": "spark-defaults", "properties": {"spark.a": "application"}}]
    overrides = {"applicationConfiguration": [{"classification": "spark-defaults", "properties": {"spark.a": "run"}}]}
    words = command(read(driver(sparkSubmitParameters="--conf spark.a=parameter"), overrides, runtime), SPARK)
    # spark-submit lets the last one win.
    assert [word for word in words if word.startswith("spark.a=")] == [
        "spark.a=application",
        "spark.a=run",
        "spark.a=parameter",
    ]


def test_driver_environment_is_taken_out_of_the_confs() -> None:
    parameters = "--conf spark.emr-serverless.driverEnv.LEVEL=debug --conf=spark.emr-serverless.driverEnv.URL=a=b"
    properties = {"spark.emr-serverless.driverEnv.STAGE": "local", "spark.x": "1"}
    overrides = {"applicationConfiguration": [{"classification": "spark-defaults", "properties": properties}]}
    submission = read(driver(sparkSubmitParameters=parameters), overrides)
    assert dict(submission.environment) == {"LEVEL": "debug", "STAGE": "local", "URL": "a=b"}
    assert command(submission, SPARK)[3:] == ["--conf", "spark.x=1", "s3://artifacts/app.py"]


@pytest.mark.parametrize(
    "size",
    [
        *("spark.driver.cores=2", "spark.driver.memory=5g", "spark.driver.memoryOverhead=2g"),
        *("spark.executor.cores=2", "spark.executor.memory=5g", "spark.executor.memoryOverhead=2g"),
        *("spark.executor.instances=1", "spark.dynamicAllocation.maxExecutors=1"),
        *("spark.emr-serverless.driver.disk=20g", "spark.emr-serverless.executor.disk.type=shuffle_optimized"),
        "spark.emr-serverless.memoryOverheadFactor=0.3",
    ],
)
def test_worker_size_leaves_the_machines_memory(size: str) -> None:
    """A driver of 5 GB for EMR Serverless does not take the 3 GB that the properties file gives one here, and no more either."""
    name, _, value = size.partition("=")
    overrides = {"applicationConfiguration": [{"classification": "spark-defaults", "properties": {name: value}}]}
    submission = read(
        driver(sparkSubmitParameters=f"--conf spark.a=1 --conf {size} --conf=spark.driver.memoryX=1"), overrides
    )
    assert submission.confs == ()
    assert submission.parameters == ("--conf", "spark.a=1", "--conf", "spark.driver.memoryX=1")


def test_files_in_confs_are_fetched_and_an_archive_keeps_its_name() -> None:
    properties = {"spark.archives": "s3://artifacts/env.tar.gz#environment", "spark.y": "s3://not/a/file"}
    overrides = {"applicationConfiguration": [{"classification": "spark-defaults", "properties": properties}]}
    submission = localised(read(driver(sparkSubmitParameters="--conf spark.jars=s3://a/x.jar"), overrides), fetch)
    assert submission.confs == (("spark.archives", "/files/env.tar.gz#environment"), ("spark.y", "s3://not/a/file"))
    assert submission.parameters == ("--conf", "spark.jars=/files/x.jar")


def test_a_file_of_the_image_is_a_plain_path() -> None:
    job = {"sparkSubmit": {"entryPoint": "local:///usr/app.py"}}
    assert localised(read(job, {}), fetch).entry_point == "/usr/app.py"


@pytest.mark.parametrize(
    ("job", "message"),
    [
        ({"hive": {}}, "only sparkSubmit"),
        (driver(sparkSubmitParameters="--conf 'spark.a"), "cannot be split into words"),
        (driver(sparkSubmitParameters="spark.a=1"), "'spark.a=1' where an option was expected"),
        (driver(sparkSubmitParameters="--py-files"), "ends after --py-files"),
    ],
)
def test_what_cannot_be_run_is_said(job: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidJobError, match=message):
        read(job, {})


def test_an_unknown_classification_is_named() -> None:
    with pytest.raises(InvalidJobError, match="'hive-site'"):
        read(driver(), {"applicationConfiguration": [{"classification": "hive-site", "properties": {}}]})
