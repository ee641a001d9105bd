"""Of many processes at once one tells of a degradation, and if it dies, the next."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import boto3
import pytest
from aws_lambda_powertools import Logger
from moto import mock_aws

from coattail_common.contracts import QualityDegraded
from coattail_runtime import telemetry
from coattail_testing.bus import FakeBus
from coattail_testkit.quality import FakeState
from dq_lambda.degradation import Bounds, Count, Degradation, Quality
from dq_lambda.state import DAMAGED, KEY, QualityState, S3State, StateError, Version
from dq_lambda.watch import Watch

BOUNDS = Bounds(Decimal(95), 5)
BAD = {period: Count(100, 10) for period in range(100, 106)}


class Clock:
    """Stands until it is moved. µs."""

    def __init__(self) -> None:
        self.now = 1_700_000_000_000_000

    def __call__(self) -> int:
        return self.now


def watch(state: QualityState, bus: FakeBus, log: Logger, clock: Clock, report_seconds: float = 0) -> Watch:
    return Watch(state, bus, BOUNDS, report_seconds, log, clock, telemetry.metrics("dq-lambda"))


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-west-2")
        client.create_bucket(Bucket="zone", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
        yield client


def test_a_degradation_is_told_once_with_score_and_floor(log: Logger) -> None:
    state, bus, clock = FakeState(), FakeBus(), Clock()
    one, other = watch(state, bus, log, clock), watch(state, bus, log, clock)

    for period, count in BAD.items():
        one.add({period: count})
        other.add({period: count})
        clock.now += 60_000_000
    found_at = clock.now - 60_000_000

    assert bus.events == [QualityDegraded(occurred_at=found_at, score="90.00", floor="95")]
    assert state.quality.counts[103] == Count(200, 20)


def test_of_many_at_once_one_tells_and_no_count_is_lost(log: Logger) -> None:
    state, bus, clock = FakeState(), FakeBus(), Clock()
    watches = [watch(state, bus, log, clock) for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: [one.add({period: count}) for period, count in BAD.items()], watches))
    for one in watches:
        one.add({105: Count(0)})  # a process that lost ten times in a row reports now

    assert len(bus.events) == 1
    assert sum(count.processed for count in state.quality.counts.values()) == 8 * 600


def test_a_claim_whose_owner_died_runs_out_and_the_next_tells(log: Logger) -> None:
    state, bus, clock = FakeState(), FakeBus(), Clock()
    bus.reason, bus.stubborn = "full", True  # as if it had died before it could tell
    watch(state, bus, log, clock).add(BAD)
    bus.reason = None

    clock.now += 59_000_000
    watch(state, bus, log, clock).add({106: Count(1)})
    assert bus.events == []

    clock.now += 2_000_000
    watch(state, bus, log, clock).add({106: Count(1)})
    clock.now += 120_000_000
    watch(state, bus, log, clock).add({106: Count(1)})
    assert [event.occurred_at for event in bus.events] == [1_700_000_000_000_000]


def test_what_cannot_be_reported_is_kept_for_the_next_time(log: Logger) -> None:
    state, clock = FakeState(), Clock()
    one = watch(state, FakeBus(), log, clock)
    state.away = True
    one.add({1: Count(5, 1)})
    state.away = False
    one.add({1: Count(5, 1)})

    assert state.quality.counts == {1: Count(10, 2)}


def test_reports_are_not_made_more_often_than_wanted(log: Logger) -> None:
    state, clock = FakeState(), Clock()
    one = watch(state, FakeBus(), log, clock, report_seconds=10)
    for _ in range(11):
        one.add({1: Count(1)})
        clock.now += 1_000_000

    assert state.quality.counts == {1: Count(11)}
    one.add({1: Count(1)})
    assert state.quality.counts == {1: Count(11)}


def test_the_state_in_a_bucket_swaps_only_what_it_knows(s3: Any) -> None:
    state = S3State(s3, "zone", "dead/")
    nothing = state.get()
    first, second = Quality({1: Count(1)}), Quality({2: Count(2)})

    assert (nothing.quality, nothing.tag) == (Quality(), None)
    assert state.replace(nothing, first)
    assert not state.replace(nothing, second)
    read = state.get()
    assert read.quality == first
    assert state.replace(read, second)
    assert not state.replace(read, first)
    assert state.get().quality == second
    assert s3.head_object(Bucket="zone", Key=f"dead/{KEY}")


@pytest.mark.parametrize(
    "body",
    [b"?", b"", b"\xff\xfe", b"null", b'{"positions":{"a":1}}', b'{"counts":{"x":1}}', b'{"counts":' + b"[" * 50_000],
    ids=["text", "empty", "bytes", "null", "foreign", "wrong", "deep"],
)
def test_s3_state_damaged_is_set_aside_and_quality_degraded_is_told(body: bytes, s3: Any, log: Logger) -> None:
    """An object that is no quality silenced `quality.degraded` until a person removed it."""
    s3.put_object(Bucket="zone", Key=f"dead/{KEY}", Body=body)
    tag = s3.head_object(Bucket="zone", Key=f"dead/{KEY}")["ETag"].strip('"')
    bus, state = FakeBus(), S3State(s3, "zone", "dead/")

    watch(state, bus, log, Clock()).add(BAD)

    assert [event.detail_type for event in bus.events] == ["quality.degraded"]
    assert s3.get_object(Bucket="zone", Key=f"dead/{DAMAGED}{tag}")["Body"].read() == body
    assert state.get().damage == ""
    assert state.get().quality.counts == BAD


def test_watch_logs_and_counts_a_damaged_state_once(s3: Any, capsys: pytest.CaptureFixture[str]) -> None:
    s3.put_object(Bucket="zone", Key=KEY, Body=b"?")
    one = watch(S3State(s3, "zone", ""), FakeBus(), telemetry.logger("dq-lambda-damage"), Clock())

    one.add({1: Count(1)})
    one.add({1: Count(1)})

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (error,) = [line for line in lines if line.get("level") == "ERROR"]
    assert error["message"] == "quality state was damaged and begins again"
    assert DAMAGED in error["error"]
    assert [line["QualityStateDamaged"] for line in lines if "_aws" in line] == [[1]]


@pytest.mark.parametrize(
    "before",
    [
        Quality({1_700_000_000: Count(1, 1)}, period_micros=1_000_000),
        Quality({1_700_000_000: Count(1, 1)}),
        Quality({-1: Count(1, 1)}),
        Quality(untold=(), counts={2**62: Count(0)}),
    ],
    ids=["periods of a second", "older version", "negative", "far ahead"],
)
def test_watch_drops_periods_that_do_not_fit(before: Quality, log: Logger) -> None:
    """A count that lies ahead pushed out every true one: seconds counted as minutes lie in the year 5200."""
    state, bus = FakeState(), FakeBus()
    assert state.replace(state.get(), before)

    watch(state, bus, log, Clock()).add(BAD)

    assert len(bus.events) == 1
    assert state.quality.counts == BAD


def test_watch_reads_a_state_of_the_version_before(s3: Any, log: Logger) -> None:
    known = b'{"counts":{"101":[90,9]},"degradation":{"found_at":7,"score":"90.00","claimed_until":9,"is_told":true}}'
    known = known.replace(b"[90,9]", b'{"processed":90,"failed":9}')
    s3.put_object(Bucket="zone", Key=KEY, Body=known)
    bus = FakeBus()

    watch(S3State(s3, "zone", ""), bus, log, Clock()).add(BAD)

    quality = S3State(s3, "zone", "").get().quality
    assert quality.counts[101] == Count(190, 19)
    assert quality.degradation == Degradation(found_at=7, score=Decimal("90.00"), claimed_until=9, is_told=True)
    assert bus.events == []


def test_s3_state_away_is_an_error(s3: Any) -> None:
    with pytest.raises(StateError, match="NoSuchBucket"):
        S3State(s3, "elsewhere", "").get()
    with pytest.raises(StateError, match="NoSuchBucket"):
        S3State(s3, "elsewhere", "").replace(Version(Quality(), None), Quality())


def test_watch_tells_a_degradation_that_ended_while_the_bus_was_away(log: Logger) -> None:
    """Two degradations came and went while the bus refused everything; it gets each of them when it takes events again."""
    state, bus, clock = FakeState(), FakeBus(), Clock()
    bus.reason, bus.stubborn = "full", True
    one = watch(state, bus, log, clock)
    found_at = []
    for period in range(100, 125):
        if period in {105, 117}:
            found_at.append(clock.now)
        one.add({period: Count(100, 10 if period < 105 or 112 <= period < 117 else 0)})
        clock.now += 60_000_000
    assert state.quality.degradation is None
    bus.reason = None
    one.add({125: Count(1)})
    one.add({125: Count(1)})

    assert [event.occurred_at for event in bus.events] == found_at
    assert state.quality.untold == ()
