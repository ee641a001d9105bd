"""The settings from the environment of the Lambda's stack."""

import pytest

from coattail_runtime.settings import unknown_variables
from dq_lambda.settings import Settings


@pytest.mark.parametrize(
    ("zone", "bucket", "prefix"),
    [("s3://zone", "zone", ""), ("s3://zone/", "zone", ""), ("s3://zone/a/b/", "zone", "a/b/")],
)
def test_the_zone_is_a_bucket_and_a_prefix(zone: str, bucket: str, prefix: str) -> None:
    settings = Settings(dead_letters=zone)

    assert (settings.bucket, settings.prefix) == (bucket, prefix)


def test_a_wrong_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="dead_letters"):
        Settings(dead_letters="/tmp/zone")  # noqa: S108


def test_a_variable_that_is_no_setting_is_named() -> None:
    (message,) = unknown_variables(Settings, {"DQ_LAMBDA_LATE": "1", "AWS_REGION": "us-west-2"})

    assert "DQ_LAMBDA_LATE" in message
