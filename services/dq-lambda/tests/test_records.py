"""An event of the mapping is read as what it is, and nothing else is."""

import msgspec
import pytest

from coattail_testkit.quality import kinesis_event
from dq_lambda.records import StreamRecord, read

RECORD = StreamRecord(
    "shardId-000000000006", "49590338271490256608559692538361571095921575989136588898", 1545084650987000, b"\xff{}"
)


def test_a_record_keeps_its_place_its_time_and_its_bytes() -> None:
    assert read(kinesis_event([RECORD])) == [RECORD]


@pytest.mark.parametrize("event", [{}, {"Records": [{"eventID": "a:1"}]}, [], {"detail-type": "alert.raised"}], ids=str)
def test_what_is_no_event_of_kinesis_is_an_error(event: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(event)
