"""dq-lambda as it is packed, fed from a topic of a real broker by the plugin's mapping, after the writer's own sink."""

import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from coattail_common.lines import encode_trade, pack
from coattail_harness.waiting import until
from coattail_testing.records import a_trade
from dq_lambda import dead_letters
from kinesis_writer import Record, open_topic, producer_settings
from kinesis_writer.kafka_login import Login, connection
from local_cloud.install import find_uv
from local_cloud.kafka.broker import Broker
from local_cloud.packages import Platform, build
from local_cloud.settings import read_settings
from local_cloud.testing import TestCloud

pytestmark = [pytest.mark.localstack, pytest.mark.kafka]

GOOD = encode_trade(a_trade(1))


class Checker:
    """dq-lambda, the topic that feeds it, and the bucket of its dead letters."""

    def __init__(self, cloud: TestCloud, broker: Broker) -> None:
        self.name = f"dq-{uuid.uuid4().hex[:8]}"
        self._cloud, self._s3, self._functions = cloud, cloud.clients.client("s3"), cloud.clients.client("lambda")
        broker.topics.create(self.name, 3)
        cloud.clients.client("events").create_event_bus(Name=self.name)
        layout = cloud.layout
        uv = find_uv(layout, read_settings(os.environ, layout).uv)
        package = build(layout.services / "dq-lambda", Platform.HOST, layout.packages, uv, print)
        role = cloud.clients.client("iam").create_role(RoleName=self.name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        self._functions.create_function(
            FunctionName=self.name,
            Runtime="python3.13",
            Handler="dq_lambda.handler.handler",
            Role=role,
            Code={"ZipFile": package.read_bytes()},
            Environment={
                "Variables": {"DQ_LAMBDA_DEAD_LETTERS": f"s3://{self.name}", "DQ_LAMBDA_BUS": self.name},
            },
            Timeout=60,
        )
        self._functions.get_waiter("function_active_v2").wait(FunctionName=self.name, WaiterConfig={"Delay": 1})
        self._mapping = self._functions.create_event_source_mapping(
            FunctionName=self.name,
            Topics=[self.name],
            StartingPosition="TRIM_HORIZON",
            SelfManagedEventSource={"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": [broker.bootstrap]}},
            SourceAccessConfigurations=[],
        )["UUID"]

    def make_zone(self) -> None:
        """Create the bucket."""
        self._s3.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})

    def kept(self) -> dict[tuple[str, str, int], bytes]:
        """The refused lines by their place."""
        found: dict[tuple[str, str, int], bytes] = {}
        for one in self._s3.list_objects_v2(Bucket=self.name).get("Contents", []):
            if one["Key"].endswith(dead_letters.LINES):
                body = self._s3.get_object(Bucket=self.name, Key=one["Key"])["Body"].read()
                for reject in dead_letters.read(body):
                    assert one["Key"].endswith(f"/{reject.shard_id}/{reject.sequence_number}.jsonl")
                    found[reject.shard_id, reject.sequence_number, reject.line_number] = reject.line
        return found

    def said(self, text: str) -> bool:
        """Whether the function's log has a text."""
        logs = (self._cloud.layout.functions / self.name).glob("*.log")
        return any(text in log.read_text() for log in logs)

    def delete(self) -> None:
        """End the mapping and the function."""
        self._functions.delete_event_source_mapping(UUID=self._mapping)
        self._functions.delete_function(FunctionName=self.name)


@pytest.fixture
def checker(cloud: TestCloud, kafka: Broker) -> Iterator[Checker]:
    made = Checker(cloud, kafka)
    yield made
    made.delete()


async def test_lines_that_are_refused_on_kafka_are_kept_by_topic_partition_and_offset(
    checker: Checker, kafka: Broker
) -> None:
    """The zone is away at first: the batch comes again whole until it is there, and nothing is kept twice."""
    settings = producer_settings(kafka.bootstrap, connection(Login.PLAINTEXT, "us-west-2"), calls=1)
    symbols = ("BTC-USDT", "ETH-USDT", "SOL-USDT", "XRP-USDT")
    async with open_topic(checker.name, settings) as stream:
        for number in range(5):
            bad: Any = b"{%d" % number
            assert await stream([Record(symbol, pack([GOOD, bad])) for symbol in symbols]) == [None] * len(symbols)
    await until(lambda: checker.said("batch not finished"), "the first batch fails", 120)

    checker.make_zone()

    expected = {
        (f"{checker.name}-{kept.partition}", str(kept.offset), 1): kept.value.splitlines()[1]
        for kept in kafka.topics.read(checker.name)
    }
    assert len(expected) == 5 * len(symbols)
    await until(lambda: len(checker.kept()) == len(expected), "every refused line is kept", 120)
    assert checker.kept() == expected
