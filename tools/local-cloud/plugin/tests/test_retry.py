import pytest
from localstack_host_plugin.emr.retry import InvalidRetryPolicyError, RetryPolicy

HOUR = 3600.0


def test_a_batch_job_runs_once_unless_told_otherwise() -> None:
    assert not RetryPolicy.of("BATCH", {}).allows_another([0.0], now=0.0)


def test_a_batch_job_runs_as_often_as_it_may() -> None:
    policy = RetryPolicy.of("BATCH", {"maxAttempts": 3})
    assert policy.allows_another([0.0, 1.0], now=1.0)
    assert not policy.allows_another([0.0, 1.0, 2.0], now=2.0)


def test_a_streaming_job_may_fail_four_times_an_hour_unless_told_otherwise() -> None:
    policy = RetryPolicy.of("STREAMING", {})
    assert policy.allows_another([1.0, 2.0, 3.0, 4.0], now=4.0)
    assert not policy.allows_another([1.0, 2.0, 3.0, 4.0, 5.0], now=5.0)


def test_a_streaming_job_goes_on_for_ever_when_it_fails_seldom() -> None:
    failures = [hour * HOUR for hour in range(100)]
    assert RetryPolicy.of("STREAMING", {"maxFailedAttemptsPerHour": 2}).allows_another(failures, now=failures[-1])


@pytest.mark.parametrize("value", [0, 11])
def test_bounds_are_those_of_the_service(value: int) -> None:
    with pytest.raises(InvalidRetryPolicyError, match="maxFailedAttemptsPerHour"):
        RetryPolicy.of("STREAMING", {"maxFailedAttemptsPerHour": value})
