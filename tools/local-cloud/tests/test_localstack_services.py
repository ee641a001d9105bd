"""What else Coat Tail leans on: Glue's optimistic locking, and events that reach a queue."""

import json
from typing import Any

import pytest

from local_cloud.testing import TestCloud

pytestmark = pytest.mark.localstack


def test_a_commit_on_an_old_version_of_a_table_is_refused(localstack: TestCloud) -> None:
    glue = localstack.clients.client("glue")
    glue.create_database(DatabaseInput={"Name": "locking"})

    def table(location: str) -> dict[str, Any]:
        return {"Name": "trades", "Parameters": {"metadata_location": location}}

    glue.create_table(DatabaseName="locking", TableInput=table("s3://lake/0"))
    version = glue.get_table(DatabaseName="locking", Name="trades")["Table"]["VersionId"]
    commit = {"DatabaseName": "locking", "VersionId": version, "SkipArchive": True}
    glue.update_table(TableInput=table("s3://lake/1"), **commit)
    with pytest.raises(glue.exceptions.ConcurrentModificationException):
        glue.update_table(TableInput=table("s3://lake/lost"), **commit)
    now = glue.get_table(DatabaseName="locking", Name="trades")["Table"]
    assert now["Parameters"]["metadata_location"] == "s3://lake/1"
    assert now["VersionId"] != version
    assert len(glue.get_table_versions(DatabaseName="locking", TableName="trades")["TableVersions"]) == 1


def test_an_event_that_matches_reaches_the_queue(localstack: TestCloud) -> None:
    events, sqs = localstack.clients.client("events"), localstack.clients.client("sqs")
    queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.create_event_bus(Name="test-bus")
    pattern = json.dumps({"source": [{"prefix": "coattail."}], "detail-type": ["alert.raised"]})
    events.put_rule(Name="alerts", EventBusName="test-bus", EventPattern=pattern)
    events.put_targets(Rule="alerts", EventBusName="test-bus", Targets=[{"Id": "queue", "Arn": arn}])

    def entry(source: str, detail: dict[str, str]) -> dict[str, str]:
        return {
            "EventBusName": "test-bus",
            "Source": source,
            "DetailType": "alert.raised",
            "Detail": json.dumps(detail),
        }

    answer = events.put_events(Entries=[entry("other", {"id": "no"}), entry("coattail.detectors", {"id": "yes"})])
    assert answer["FailedEntryCount"] == 0
    heard = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10, MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(message["Body"])["detail"] for message in heard] == [{"id": "yes"}]
