"""Letters: their keys, and that each is written once, to a bucket that behaves like S3."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from coattail_common.contracts import Reject
from dq_lambda.dead_letters import DeadLetterError, Letter, S3DeadLetters, letters, read
from dq_lambda.inspection import Inspected
from dq_lambda.records import StreamRecord

RECORD = StreamRecord("shardId-000000000003", "4959", 1_700_006_399_999_999, b"\n\xff\n")


def reject(line_number: int, rule: str = "invalid.side") -> Reject:
    return Reject(
        rejected_at=1_700_000_100_000_000,
        reason=rule.partition(".")[0],
        rule=rule,
        line=b"\xff\n" * line_number,
        shard_id="shardId-000000000003",
        sequence_number="4959",
        line_number=line_number,
        arrived_at=1_700_006_399_999_999,
    )


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-west-2")
        client.create_bucket(Bucket="zone", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
        yield client


def test_a_record_has_a_letter_for_each_reason_with_its_lines_in_their_order() -> None:
    rejects = (reject(5), reject(2, "malformed.not_json"), reject(0, "invalid.price"))
    made = letters(Inspected(RECORD, (), 0, {"invalid": 2, "malformed": 1}, rejects))

    assert [letter.key for letter in made] == [
        "invalid/date=2023-11-14/shardId-000000000003/4959.jsonl",
        "malformed/date=2023-11-14/shardId-000000000003/4959.jsonl",
    ]
    assert [read(letter.body) for letter in made] == [
        [reject(0, "invalid.price"), reject(5)],
        [reject(2, "malformed.not_json")],
    ]


def test_letters_that_hold_not_all_lines_come_after_the_whole_record(s3: Any) -> None:
    record, lines = letters(Inspected(RECORD, (), 0, {"invalid": 1_000_000}, (reject(0), reject(1))))
    S3DeadLetters(s3, "zone", "dead/").keep(record)

    assert record.key == "invalid/date=2023-11-14/shardId-000000000003/4959.record"
    assert (lines.key, lines.metadata) == ("invalid/date=2023-11-14/shardId-000000000003/4959.jsonl", {})
    kept = s3.get_object(Bucket="zone", Key=f"dead/{record.key}")
    assert kept["Body"].read() == RECORD.data
    assert kept["Metadata"] == {"refused": "1000000", "kept-as-lines": "2"}


def test_the_first_to_write_a_letter_wins_and_the_others_find_it_done(s3: Any) -> None:
    dead_letters = S3DeadLetters(s3, "zone", "dead/")

    dead_letters.keep(Letter("invalid/a", b"first"))
    dead_letters.keep(Letter("invalid/a", b"second"))

    assert s3.get_object(Bucket="zone", Key="dead/invalid/a")["Body"].read() == b"first"


def test_a_bucket_that_takes_nothing_is_told(s3: Any) -> None:
    with pytest.raises(DeadLetterError, match="NoSuchBucket"):
        S3DeadLetters(s3, "elsewhere", "").keep(Letter("invalid/a", b""))


def test_a_write_at_the_same_time_as_another_is_tried_again() -> None:
    client = FakeContendedS3(conflicts=2)
    S3DeadLetters(client, "zone", "").keep(Letter("invalid/a", b""))
    assert client.calls == 3

    with pytest.raises(DeadLetterError, match="invalid/a"):
        S3DeadLetters(FakeContendedS3(conflicts=3), "zone", "").keep(Letter("invalid/a", b""))


def test_many_threads_may_write(s3: Any) -> None:
    dead_letters = S3DeadLetters(s3, "zone", "")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(dead_letters.keep, [Letter(f"invalid/{number % 10}", b"x") for number in range(40)]))

    assert s3.list_objects_v2(Bucket="zone")["KeyCount"] == 10


class FakeContendedS3:
    """An S3 where others write the same key at the same time."""

    def __init__(self, conflicts: int) -> None:
        self.calls = 0
        self._conflicts = conflicts
        self._lock = threading.Lock()

    def put_object(self, **_: Any) -> None:
        """As boto3's client."""
        with self._lock:
            self.calls += 1
            if self.calls <= self._conflicts:
                raise ClientError({"Error": {"Code": "ConditionalRequestConflict"}}, "PutObject")
