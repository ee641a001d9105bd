from pathlib import Path

import pytest
from localstack_host_plugin.emr.environment import MissingSettingError, driver_environment, spark, state_folder

LOCALSTACK = {
    "PATH": "/ls/venv/bin:/usr/bin",
    "VIRTUAL_ENV": "/ls/venv",
    "SERVICES": "s3",
    "HOME": "/home/someone",
    "AWS_PROFILE": "work",
    "EMR_PYTHON": "/app/bin/python",
}


def test_a_driver_sees_the_user_and_the_endpoint_but_not_localstack() -> None:
    assert driver_environment(LOCALSTACK, "http://127.0.0.1:4566", "us-west-2", "000000000000", "run-1") == {
        "PATH": "/app/bin:/usr/bin",
        "HOME": "/home/someone",
        "EMR_PYTHON": "/app/bin/python",
        "PYSPARK_PYTHON": "/app/bin/python",
        "PYSPARK_DRIVER_PYTHON": "/app/bin/python",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_REGION": "us-west-2",
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "test",
        "LOCAL_CLOUD_JOB_RUN_ID": "run-1",
    }


def test_spark_is_what_the_environment_says() -> None:
    given = spark({"EMR_SPARK_SUBMIT": "/s", "EMR_SPARK_MASTER": "local[8]", "EMR_SPARK_DEFAULTS": "/d"})
    assert (given.submit, given.master, given.defaults) == (Path("/s"), "local[8]", Path("/d"))
    assert spark({"EMR_SPARK_SUBMIT": "/s"}).master == "local[2]"


def test_missing_settings_are_named() -> None:
    with pytest.raises(MissingSettingError, match="EMR_SPARK_SUBMIT"):
        spark({})
    with pytest.raises(MissingSettingError, match="EMR_STATE_DIR"):
        state_folder({})
