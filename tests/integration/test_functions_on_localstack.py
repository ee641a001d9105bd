"""A function of the test's own, fed from a stream by a real LocalStack: nothing is lost, whatever happens to it."""

import base64
import io
import json
import os
import signal
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local_cloud.testing import TestCloud

pytestmark = pytest.mark.localstack

HANDLER = """
import base64, os, pathlib, threading

# What happens once happens to the first who comes by, in whichever process.
marks = pathlib.Path(os.environ["MARKS"])

def first(text):
    try:
        (marks / text).touch(exist_ok=False)
        return True
    except FileExistsError:
        return False

def handler(event, context):
    for record in event.get("Records", []):
        text = base64.b64decode(record["kinesis"]["data"]).decode()
        if text.startswith("poison"):
            raise ValueError(text)
        if text.startswith("flaky") and first(text):
            return {"batchItemFailures": [{"itemIdentifier": record["kinesis"]["sequenceNumber"]}]}
        if text.startswith("hang") and first(text):
            print("hanging", os.getpid(), flush=True)
            threading.Event().wait()
        print("seen", text)
    if event.get("detail-type"):
        print("heard", event["detail-type"], event["detail"]["text"])
    return {"batchItemFailures": []} if "Records" in event else event
"""


class Function:
    """A function, the stream that feeds it, and the bucket for what it refuses."""

    def __init__(self, cloud: TestCloud, folder: Path, shards: int, **mapping: object) -> None:
        self.name = f"function-{uuid.uuid4().hex[:8]}"
        self._cloud = cloud
        self._functions, self._kinesis = cloud.clients.client("lambda"), cloud.clients.client("kinesis")
        self._s3 = cloud.clients.client("s3")
        role = {"RoleName": self.name, "AssumeRolePolicyDocument": "{}"}
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as file:
            file.writestr("app.py", HANDLER)
        made = self._functions.create_function(
            FunctionName=self.name,
            Runtime="python3.13",
            Handler="app.handler",
            Role=cloud.clients.client("iam").create_role(**role)["Role"]["Arn"],
            Code={"ZipFile": package.getvalue()},
            Environment={"Variables": {"MARKS": str(folder)}},
            Timeout=30,
        )
        self.arn = made["FunctionArn"]
        self._functions.get_waiter("function_active_v2").wait(FunctionName=self.name, WaiterConfig={"Delay": 1})
        self._s3.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
        self._kinesis.create_stream(StreamName=self.name, ShardCount=shards)
        self.stream_arn = self._kinesis.describe_stream_summary(StreamName=self.name)["StreamDescriptionSummary"][
            "StreamARN"
        ]
        settings: dict[str, Any] = {
            "BatchSize": 20,
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": 1,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "DestinationConfig": {"OnFailure": {"Destination": f"arn:aws:s3:::{self.name}"}},
        }
        self.mapping = self._functions.create_event_source_mapping(
            FunctionName=self.name,
            EventSourceArn=self.stream_arn,
            StartingPosition="TRIM_HORIZON",
            **(settings | mapping),
        )["UUID"]

    def put(self, *texts: str) -> None:
        records = [{"Data": text.encode(), "PartitionKey": text} for text in texts]
        assert self._kinesis.put_records(StreamName=self.name, Records=records)["FailedRecordCount"] == 0

    def seen(self) -> list[str]:
        """The texts that the function is done with, repetitions included."""
        return [line.removeprefix("seen ") for line in self.lines() if line.startswith("seen ")]

    def lines(self) -> list[str]:
        logs = (self._cloud.layout.functions / self.name).glob("*.log")
        return [line for log in logs for line in log.read_text().splitlines()]

    def kept(self) -> list[Any]:
        """What the bucket has got."""
        listed = self._s3.list_objects_v2(Bucket=self.name).get("Contents", [])
        return [json.load(self._s3.get_object(Bucket=self.name, Key=each["Key"])["Body"]) for each in listed]

    def delete(self) -> None:
        self._functions.delete_event_source_mapping(UUID=self.mapping)
        self._functions.delete_function(FunctionName=self.name)
        self._kinesis.delete_stream(StreamName=self.name)


MakeFunction = Callable[..., Function]


@pytest.fixture
def function_of(cloud: TestCloud, tmp_path: Path) -> Iterator[MakeFunction]:
    made: list[Function] = []

    def make(shards: int = 1, **mapping: object) -> Function:
        made.append(Function(cloud, tmp_path, shards, **mapping))
        return made[-1]

    yield make
    for function in made:
        function.delete()


def until(condition: Callable[[], object], seconds: float = 40.0) -> None:
    deadline, tick = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"it did not come about within {seconds:.0f} s"
        tick.wait(0.1)


def numbered(count: int, what: str = "record") -> list[str]:
    return [f"{what}-{number}" for number in range(count)]


def test_every_record_of_every_shard_is_seen_once(function_of: MakeFunction) -> None:
    function = function_of(shards=4)
    texts = numbered(400)
    function.put(*texts)
    until(lambda: set(function.seen()) == set(texts))
    assert len(function.seen()) == 400
    assert function.kept() == []


def test_a_partial_failure_is_taken_up_again_at_the_record_that_failed(function_of: MakeFunction) -> None:
    function = function_of(MaximumBatchingWindowInSeconds=1)
    function.put("before", "flaky", "after")
    until(lambda: len(function.seen()) == 3)
    assert function.seen() == ["before", "flaky", "after"]


def test_a_poison_record_is_found_and_kept_with_its_bytes_and_its_neighbours_are_seen(
    function_of: MakeFunction,
) -> None:
    function = function_of(MaximumBatchingWindowInSeconds=1)
    good = numbered(12)
    function.put(*good[:5], "poison", *good[5:])
    until(lambda: function.kept() and set(function.seen()) == set(good))
    (kept,) = function.kept()
    assert kept["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert kept["KinesisBatchInfo"]["batchSize"] == 1
    assert [base64.b64decode(record["kinesis"]["data"]) for record in kept["payload"]["Records"]] == [b"poison"]


def test_a_handler_killed_in_the_middle_loses_nothing(function_of: MakeFunction) -> None:
    function = function_of(MaximumBatchingWindowInSeconds=1)
    texts = [*numbered(5), "hang", *numbered(5, "later")]
    function.put(*texts)
    until(lambda: any(line.startswith("hanging") for line in function.lines()))
    (hanging,) = (line for line in function.lines() if line.startswith("hanging"))
    os.kill(int(hanging.split()[1]), signal.SIGKILL)
    until(lambda: set(function.seen()) == set(texts))
    assert function.kept() == []


def test_a_reshard_and_an_update_in_between_lose_nothing_and_start_nothing_over(
    cloud: TestCloud, function_of: MakeFunction
) -> None:
    function = function_of()
    kinesis, functions = cloud.clients.client("kinesis"), cloud.clients.client("lambda")
    function.put(*numbered(50, "first"))
    until(lambda: len(function.seen()) == 50)
    kinesis.split_shard(StreamName=function.name, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    functions.update_event_source_mapping(UUID=function.mapping, BatchSize=7)
    function.put(*numbered(50, "second"))
    until(lambda: set(function.seen()) == {*numbered(50, "first"), *numbered(50, "second")})
    assert len(function.seen()) == 100


def test_a_rule_invokes_a_function_with_its_event(cloud: TestCloud, function_of: MakeFunction) -> None:
    function = function_of()
    events = cloud.clients.client("events")
    rule = events.put_rule(Name=function.name, EventPattern=json.dumps({"detail-type": ["asked"]}))["RuleArn"]
    cloud.clients.client("lambda").add_permission(
        FunctionName=function.name,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    events.put_targets(Rule=function.name, Targets=[{"Id": "function", "Arn": function.arn}])
    events.put_events(Entries=[{"Source": "test", "DetailType": "asked", "Detail": json.dumps({"text": "aloud"})}])
    until(lambda: "heard asked aloud" in function.lines())


def test_a_synchronous_invocation_gives_answer_and_log(cloud: TestCloud, function_of: MakeFunction) -> None:
    function = function_of()
    answer = cloud.clients.client("lambda").invoke(FunctionName=function.name, Payload=b'{"a": 1}', LogType="Tail")
    assert json.load(answer["Payload"]) == {"a": 1}
    assert base64.b64decode(answer["LogResult"]).startswith(b"START RequestId: ")
    logs = cloud.clients.client("logs")

    def kept() -> bool:
        try:
            events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function.name}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return False
        return any(event["message"].startswith("REPORT") for event in events)

    until(kept)
