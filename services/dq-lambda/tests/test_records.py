"""An event of the mapping is read as what it is, and nothing else is."""

from typing import Any

import msgspec
import pytest
from aws_lambda_powertools.utilities.data_classes import KafkaEvent

from coattail_testkit.quality import kafka_event, kinesis_event
from dq_lambda.records import Delivery, Source, StreamRecord, read

RECORD = StreamRecord(
    "shardId-000000000006", "49590338271490256608559692538361571095921575989136588898", 1545084650987000, b"\xff{}"
)
OF_KAFKA = [
    StreamRecord("crypto-pulse-trades-0", "15", 1545084650987000, b"\xff{}"),
    StreamRecord("crypto-pulse-trades-0", "16", 1545084650988000, b"{}"),
    StreamRecord("crypto-pulse-trades-11", "3", 1545084650986000, b"[]"),
]


def test_a_record_keeps_its_place_its_time_and_its_bytes() -> None:
    assert read(kinesis_event([RECORD])) == Delivery(Source.KINESIS, [RECORD])


def test_a_record_of_kafka_keeps_its_place_its_time_and_its_bytes() -> None:
    """Its shard is the topic and the partition, its sequence number the offset."""
    assert read(kafka_event(OF_KAFKA)) == Delivery(Source.KAFKA, OF_KAFKA)


def test_a_kafka_outside_of_msk_delivers_the_same() -> None:
    event = {**kafka_event(OF_KAFKA), "eventSource": "SelfManagedKafka"}
    del event["eventSourceArn"]

    assert read(event) == Delivery(Source.KAFKA, OF_KAFKA)


def test_an_event_of_kafka_is_read_as_powertools_reads_it() -> None:
    event = kafka_event(OF_KAFKA)

    assert [
        (one.topic, one.partition, one.offset, one.timestamp, one.decoded_value) for one in KafkaEvent(event).records
    ] == [
        (topic, int(partition), int(record.sequence_number), record.arrived_at // 1_000, record.data)
        for record in read(event).records
        for topic, _, partition in [record.shard_id.rpartition("-")]
    ]


@pytest.mark.parametrize("value", [{"value": None}, {}], ids=["null", "absent"])
def test_a_record_of_kafka_without_a_value_is_an_empty_one(value: dict[str, Any]) -> None:
    """A tombstone. It is refused like any line that is no trade, and ends no invocation."""
    event = kafka_event(OF_KAFKA[:1])
    (record,) = event["records"]["crypto-pulse-trades-0"]
    del record["value"]
    record.update(value)

    assert [one.data for one in read(event).records] == [b""]


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Records": [{"eventID": "a:1"}]},
        [],
        {"detail-type": "alert.raised"},
        {"eventSource": "aws:kafka"},
        {"eventSource": "aws:sqs", "records": {}},
        {
            "eventSource": "aws:kafka",
            "records": {"a-0": [{"topic": "a", "partition": 0, "offset": "15", "timestamp": 1}]},
        },
    ],
    ids=str,
)
def test_what_is_no_event_of_a_stream_is_an_error(event: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(event)
