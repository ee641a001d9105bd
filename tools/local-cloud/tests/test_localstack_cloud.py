"""A cloud's life: deployed to twice, found up, and ended with everything it started."""

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pytest

from local_cloud import cloud, jobs
from local_cloud.deploy import deploy_rendered
from local_cloud.deployed import load
from local_cloud.errors import CloudError
from local_cloud.ports import is_free
from local_cloud.testing import TestCloud, running_cloud

pytestmark = pytest.mark.localstack

WritePlan = Callable[[str, int, list[dict[str, object]]], Path]

REPOSITORY = Path(__file__).parents[3]
ROLE = "arn:aws:iam::000000000000:role/job"
PLAN: list[dict[str, object]] = [
    {
        "address": "aws_kinesis_stream.trades",
        "type": "aws_kinesis_stream",
        "name": "trades",
        "values": {
            "name": "small-trades",
            "retention_period": 48,
            "stream_mode_details": [{"stream_mode": "ON_DEMAND"}],
        },
    },
    {
        "address": "module.app.aws_emrserverless_application.this",
        "type": "aws_emrserverless_application",
        "name": "this",
        "values": {
            "name": "small-app",
            "type": "Spark",
            "release_label": "emr-spark-8.2.0",
            "maximum_capacity": [{"cpu": "4 vCPU", "memory": "16 GB"}],
        },
    },
    {"address": "aws_subnet.one", "type": "aws_subnet", "name": "one", "values": {}},
    {
        "address": "aws_ssm_parameter.application_id",
        "type": "aws_ssm_parameter",
        "name": "application_id",
        "values": {"name": "/small/application_id", "type": "String"},
        "references": {"value": ["module.app.aws_emrserverless_application.this.id"]},
    },
]


def test_a_plan_deployed_twice_changes_nothing_the_second_time(
    localstack: TestCloud, tmp_path: Path, write_plan: WritePlan
) -> None:
    plans = write_plan("small", 0, PLAN)
    said: list[str] = []
    deploy_rendered(localstack.clients, plans, tmp_path / "out.json", said.append)
    assert "small: 3 created, 1 skipped" in said
    assert any("does not serve them: aws_subnet.one" in line for line in said)
    first = load(tmp_path / "out.json")
    said.clear()
    deploy_rendered(localstack.clients, plans, tmp_path / "out.json", said.append)
    assert "small: 3 unchanged, 1 skipped" in said
    assert load(tmp_path / "out.json") == first

    application_id = first.emr_application_id
    parameter = localstack.clients.client("ssm").get_parameter(Name="/small/application_id")["Parameter"]
    assert parameter["Value"] == application_id
    stream = localstack.clients.client("kinesis").describe_stream_summary(StreamName="small-trades")
    assert stream["StreamDescriptionSummary"]["RetentionPeriodHours"] == 48


def test_a_changed_plan_changes_what_is_there(localstack: TestCloud, tmp_path: Path, write_plan: WritePlan) -> None:
    values = {"name": "changed-app", "type": "Spark", "release_label": "emr-spark-8.2.0"}
    application: dict[str, object] = {**PLAN[1], "values": values}
    plans = write_plan("changed", 0, [application])
    deploy_rendered(localstack.clients, plans, tmp_path / "out.json", lambda _line: None)
    bigger = {**values, "maximum_capacity": [{"cpu": "8 vCPU", "memory": "32 GB"}]}
    plans = write_plan("changed", 0, [{**application, "values": bigger}])
    said: list[str] = []
    done = deploy_rendered(localstack.clients, plans, tmp_path / "out.json", said.append)
    assert "changed: 1 updated" in said
    emr = localstack.clients.client("emr-serverless")
    there = emr.get_application(applicationId=done.emr_application_id)["application"]
    assert (there["maximumCapacity"]["cpu"], there["state"]) == ("8 vCPU", "STARTED")


def test_schedule_deployed_twice_and_changed(localstack: TestCloud, tmp_path: Path, write_plan: WritePlan) -> None:
    """What the plan says of a schedule is what Scheduler is asked for."""
    group = {"address": "g", "type": "aws_scheduler_schedule_group", "name": "g", "values": {"name": "small-group"}}
    target = {
        "arn": "arn:aws:lambda:us-west-2:000000000000:function:small",
        "role_arn": "arn:aws:iam::000000000000:role/small",
        "input": '{"detail-type":"Scheduled Event"}',
        "retry_policy": [{"maximum_event_age_in_seconds": 1800, "maximum_retry_attempts": 10}],
        "dead_letter_config": [{"arn": "arn:aws:sqs:us-west-2:000000000000:small"}],
    }
    values: dict[str, object] = {
        "name": "small-hourly",
        "group_name": "small-group",
        "schedule_expression": "rate(1 hour)",
        "flexible_time_window": [{"mode": "FLEXIBLE", "maximum_window_in_minutes": 5}],
        "target": [target],
    }

    def deployed(**changed: object) -> str:
        schedule = {"address": "s", "type": "aws_scheduler_schedule", "name": "s", "values": {**values, **changed}}
        said: list[str] = []
        plans = write_plan("scheduled", 0, [group, schedule])
        deploy_rendered(localstack.clients, plans, tmp_path / "out.json", said.append)
        return [line for line in said if line.startswith("scheduled:")][-1]

    scheduler = localstack.clients.client("scheduler")
    assert deployed() == "scheduled: 2 created"
    assert deployed() == "scheduled: 2 unchanged"
    there = scheduler.get_schedule(Name="small-hourly", GroupName="small-group")
    assert there["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}
    assert there["Target"] == {
        "Arn": target["arn"],
        "RoleArn": target["role_arn"],
        "Input": target["input"],
        "RetryPolicy": {"MaximumEventAgeInSeconds": 1800, "MaximumRetryAttempts": 10},
        "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-west-2:000000000000:small"},
    }
    assert deployed(schedule_expression="rate(2 hours)") == "scheduled: 1 unchanged, 1 updated"
    there = scheduler.get_schedule(Name="small-hourly", GroupName="small-group")
    assert there["ScheduleExpression"] == "rate(2 hours)"


def test_a_type_that_cannot_be_applied_stops_before_anything_is(
    localstack: TestCloud, tmp_path: Path, write_plan: WritePlan
) -> None:
    unknown: dict[str, object] = {"address": "aws_msk_cluster.x", "type": "aws_msk_cluster", "name": "x", "values": {}}
    plans = write_plan("small", 0, [unknown])
    with pytest.raises(CloudError, match=r"aws_msk_cluster\.x is of a type that local-cloud cannot apply"):
        deploy_rendered(localstack.clients, plans, tmp_path / "out.json", lambda _line: None)


def test_a_call_that_fails_names_the_resource(localstack: TestCloud, tmp_path: Path, write_plan: WritePlan) -> None:
    target = {"rule": "no-such-rule", "target_id": "t", "arn": "arn:aws:sqs:us-west-2:000000000000:q"}
    resource: dict[str, object] = {
        "address": "module.tap.aws_cloudwatch_event_target.t",
        "type": "aws_cloudwatch_event_target",
        "name": "t",
        "values": target,
    }
    plans = write_plan("small", 0, [resource])
    with pytest.raises(CloudError, match=r"module\.tap\.aws_cloudwatch_event_target\.t could not be applied: .*rule"):
        deploy_rendered(localstack.clients, plans, tmp_path / "out.json", lambda _line: None)


@pytest.mark.skipif(not (REPOSITORY / "infra" / "rendered").exists(), reason="only in the repository")
def test_the_repository_s_own_plans_deploy_and_deploy_again(localstack: TestCloud, tmp_path: Path) -> None:
    rendered, out = REPOSITORY / "infra" / "rendered" / "local", tmp_path / "out.json"

    def packages(service: str) -> Path:
        """Of a service that does nothing, so that no package needs to be had."""
        package = tmp_path / f"{service}.zip"
        with zipfile.ZipFile(package, "w") as file:
            content = zipfile.ZipInfo(f"{service.replace('-', '_')}/handler.py", (1980, 1, 1, 0, 0, 0))
            file.writestr(content, "def handler(event, context): return None")
        return package

    deploy_rendered(localstack.clients, rendered, out, lambda _line: None, packages)
    said: list[str] = []
    deploy_rendered(localstack.clients, rendered, out, said.append, packages)
    assert not [line for line in said if " created" in line or " updated" in line or "published" in line]
    mappings = localstack.clients.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert [mapping["EventSourceArn"].rpartition("/")[2] for mapping in mappings] == ["crypto-pulse-trades"]
    assert localstack.clients.client("kinesis").describe_stream_summary(StreamName="crypto-pulse-trades")


def test_a_cloud_is_found_up_and_ends_with_everything_it_started(
    tmp_path: Path, environment: Mapping[str, str], until: Callable[[Callable[[], object]], None]
) -> None:
    with running_cloud(tmp_path, environment) as running:
        layout, record = running.layout, running.record
        assert cloud.up(layout, running.settings, environment, print) == record
        driver = _driver_of_a_waiting_job(running)
        status = cloud.status(layout)
        assert (status.running, status.pid, list(status.jobs.values())) == (True, record.pid, [driver])
        assert status.services["kinesis"] == "running"
    assert not cloud.status(layout).running
    assert not psutil.pid_exists(record.pid)
    assert not psutil.pid_exists(driver)
    until(lambda: is_free(record.port))
    assert not cloud.down(layout, print)


def test_drivers_that_a_killed_localstack_left_behind_are_ended_by_down(
    tmp_path: Path, environment: Mapping[str, str], until: Callable[[Callable[[], object]], None]
) -> None:
    with running_cloud(tmp_path, environment) as running:
        driver = _driver_of_a_waiting_job(running)
        psutil.Process(running.record.pid).kill()
        until(lambda: not cloud.status(running.layout).running)
        assert psutil.pid_exists(driver)
        said: list[str] = []
        assert not cloud.down(running.layout, said.append)
        assert f"ending a driver that was left behind: pid {driver}" in said
    until(lambda: not psutil.pid_exists(driver) or psutil.Process(driver).status() == psutil.STATUS_ZOMBIE)


def _driver_of_a_waiting_job(running: TestCloud) -> int:
    """Starts a job that waits for a signal, and returns its driver's pid."""
    clients = running.clients
    clients.client("s3").create_bucket(Bucket="jobs", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    clients.client("s3").put_object(Bucket="jobs", Key="main.py", Body=b"import signal\nsignal.pause()\n")
    application = clients.client("emr-serverless").create_application(
        type="SPARK", name="a", releaseLabel="emr-spark-8.2.0"
    )
    job = jobs.SparkJob(
        application_id=application["applicationId"],
        execution_role_arn=ROLE,
        name="waits",
        entry_point="s3://jobs/main.py",
    )
    run = jobs.wait_for_state(clients, jobs.start_streaming_job(clients, job))
    pid = jobs.driver_pid(running.layout.jobs, run.job_run_id)
    assert pid is not None
    return pid
