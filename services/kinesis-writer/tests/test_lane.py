"""One key of a source: when its records leave, and that one leaves after the other."""

from math import inf

import pytest

from kinesis_writer.lane import LAGGING, Lane, LineChunk
from kinesis_writer.stream import MAX_RECORD_BYTES


def a_lane(*lines: bytes, since: float = 0) -> Lane:
    lane = Lane(("binance", "BTC-USDT"), record_bytes=10, record_age=0.5)
    for line in lines:
        lane.add(LineChunk(line, 1, since))
    return lane


def test_an_empty_lane_has_nothing_to_send() -> None:
    assert a_lane().empty
    assert a_lane().due(flush=True) == inf
    assert a_lane().oldest == inf


@pytest.mark.parametrize(
    ("lines", "due"),
    [([b"12345"], 3.5), ([b"12345", b"123"], 3.5), ([b"12345", b"1234"], 3), ([b"12345", b"12345"], 3)],
)
def test_a_record_leaves_when_it_is_old_or_full(lines: list[bytes], due: float) -> None:
    assert a_lane(*lines, since=3).due(flush=False) == due


def test_flushing_waits_for_nothing() -> None:
    assert a_lane(b"1", since=3).due(flush=True) == 3


def test_a_record_takes_the_pieces_that_fit_into_a_large_one() -> None:
    lane = a_lane(b"1" * 30, b"2" * 30, b"3" * 38, b"4")

    pending = lane.send()

    assert pending.record.payload == b"1" * 30 + b"\n" + b"2" * 30 + b"\n" + b"3" * 38
    assert len(pending.record.payload) == 10 * LAGGING
    assert pending.record.partition_key == "BTC-USDT"
    assert (pending.count, pending.held_bytes) == (3, 98)


def test_no_record_is_larger_than_kinesis_takes() -> None:
    lane = Lane(("binance", "BTC-USDT"), record_bytes=MAX_RECORD_BYTES // 2, record_age=0)
    for _ in range(20):
        lane.add(LineChunk(b"x" * 100_000, 1, 0))

    assert 800_000 < lane.send().record.size <= MAX_RECORD_BYTES


def test_a_line_larger_than_a_record_goes_alone() -> None:
    assert a_lane(b"x" * 150, b"1").send().record.payload == b"x" * 150


def test_nothing_leaves_before_the_last_one_is_in() -> None:
    lane = a_lane(b"1" * 60, b"2" * 60, b"3" * 60)
    first = lane.send()

    assert lane.due(flush=True) == inf
    assert lane.accept() == first
    assert lane.send().record.payload == b"2" * 60


def test_a_refused_record_goes_again_as_it_was() -> None:
    lane = a_lane(b"12345", b"67890")
    first = lane.send()
    lane.add(LineChunk(b"1", 1, 0))

    lane.refuse(now=5, wait=2)

    assert (lane.due(flush=True), lane.wait, lane.oldest) == (7, 2, 0)
    assert lane.send() == first
    lane.accept()
    assert lane.wait == 1
    assert not lane.empty


def test_a_call_that_fails_says_nothing_of_the_key() -> None:
    lane = a_lane(b"12345")
    first = lane.send()

    lane.fail()

    assert (lane.due(flush=True), lane.wait) == (0, 0)
    assert lane.send() == first


def test_in_company_half_as_old_is_old_enough() -> None:
    assert a_lane(b"1", since=3).due(flush=False, in_company=True) == 3.25
    assert a_lane().due(flush=False, in_company=True) == inf


def test_company_does_not_hasten_what_was_refused() -> None:
    lane = a_lane(b"1")
    lane.send()
    assert lane.due(flush=False, in_company=True) == inf
    lane.refuse(5, 2)
    assert lane.due(flush=False, in_company=True) == 7
