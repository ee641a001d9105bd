"""What leaves when: whatever is refused, each market's lines are in the stream in order, once, and only then said so."""

from collections import defaultdict
from functools import partial
from random import Random

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from coattail_runtime.link import LineBatch
from kinesis_writer.lane import LAGGING, LaneName
from kinesis_writer.retry import BASE_SECONDS
from kinesis_writer.schedule import Call, Schedule
from kinesis_writer.stream import MAX_CALL_BYTES, MAX_RECORDS, Refusal

RECORD_BYTES = 20
MARKETS: tuple[LaneName, ...] = (("binance", "BTC-USDT"), ("coinbase", "BTC-USDT"), ("binance", "ETH-USDT"))


class ScheduleAgainstTheStream(RuleBasedStateMachine):
    """Batches come, calls are made, and the stream answers each as it likes, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.schedule = Schedule(record_bytes=RECORD_BYTES, record_age=1, random=Random(0))
        self.now = 100.0
        self.put: dict[LaneName, list[bytes]] = defaultdict(list)
        self.stream: dict[LaneName, list[bytes]] = defaultdict(list)
        self.batches: list[tuple[LaneName, int]] = []
        self.accepted: list[int] = []
        self.out: list[Call] = []

    @rule(market=st.sampled_from(MARKETS), sizes=st.lists(st.integers(1, 30), min_size=1, max_size=8))
    def add(self, market: LaneName, sizes: list[int]) -> None:
        first = len(self.put[market])
        lines = [f"{first + number}.".encode().ljust(size, b".") for number, size in enumerate(sizes)]
        self.put[market] += lines
        self.batches.append((market, len(self.put[market])))
        batch = LineBatch(*market, len(lines), b"\n".join(lines))
        self.schedule.add(batch, partial(self.accepted.append, len(self.batches) - 1), self.now)

    @rule(seconds=st.floats(0, 3))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def flush(self) -> None:
        self.schedule.flush = True

    @rule()
    def call(self) -> None:
        due = self.schedule.due()
        call = self.schedule.next_call(self.now)
        assert (call is not None) == (due <= self.now)
        if call is None:
            return
        assert len(call.records) <= MAX_RECORDS
        assert len(set(call.lanes)) == len(call.lanes)
        under_way = {market for other in self.out for market in other.lanes}
        assert not under_way & set(call.lanes)
        for record in call.records:
            assert len(record.payload) <= LAGGING * RECORD_BYTES or b"\n" not in record.payload
        self.out.append(call)

    @precondition(lambda self: self.out)
    @rule(which=st.randoms(use_true_random=False), chance=st.floats(0, 1))
    def answer(self, which: Random, chance: float) -> None:
        call = self.out.pop(which.randrange(len(self.out)))
        refused = [which.random() < chance for _ in call.records]
        for market, record, no in zip(call.lanes, call.records, refused, strict=True):
            if not no:
                self.stream[market] += record.payload.split(b"\n")
        answer = [Refusal("ProvisionedThroughputExceededException", "") if no else None for no in refused]
        pending = self.schedule.settle(call, answer, self.now)
        assert len(pending) == refused.count(False)
        for one in pending:
            for chunk in one.chunks:
                if chunk.accepted is not None:
                    chunk.accepted()

    @precondition(lambda self: self.out)
    @rule(which=st.randoms(use_true_random=False))
    def fail(self, which: Random) -> None:
        self.schedule.fail(self.out.pop(which.randrange(len(self.out))), self.now)

    @invariant()
    def the_stream_has_each_markets_lines_in_order(self) -> None:
        for market, lines in self.stream.items():
            assert lines == self.put[market][: len(lines)]

    @invariant()
    def a_batch_is_accepted_when_its_last_line_is_in(self) -> None:
        arrived = {number for number, (market, end) in enumerate(self.batches) if len(self.stream[market]) >= end}
        assert sorted(self.accepted) == sorted(arrived)

    @invariant()
    def it_is_empty_when_all_is_in(self) -> None:
        assert self.schedule.empty == all(self.stream[market] == lines for market, lines in self.put.items())

    def teardown(self) -> None:
        """Whatever happened before, a stream that takes everything gets everything."""
        self.schedule.flush = True
        while not self.schedule.empty:
            call = self.out.pop() if self.out else self.schedule.next_call(self.now)
            if call is None:
                self.now = self.schedule.due()
                continue
            for market, record in zip(call.lanes, call.records, strict=True):
                self.stream[market] += record.payload.split(b"\n")
            self.schedule.settle(call, [None] * len(call.records), self.now)
        assert self.stream == self.put


TestScheduleAgainstTheStream = ScheduleAgainstTheStream.TestCase


class Patient(Random):
    """Chance that always makes one wait as long as it may."""

    def uniform(self, a: float, b: float) -> float:  # noqa: ARG002
        """The longest wait."""
        return b


def a_schedule(record_bytes: int, random: Random | None = None) -> Schedule:
    schedule = Schedule(record_bytes=record_bytes, record_age=0, random=random or Random(0))
    schedule.flush = True
    return schedule


def add(schedule: Schedule, market: LaneName, size: int, now: float = 0) -> None:
    schedule.add(LineBatch(*market, 1, b"x" * size), lambda: None, now)


def test_a_call_has_no_more_records_than_kinesis_takes() -> None:
    schedule = a_schedule(100)
    for number in range(MAX_RECORDS + 1):
        add(schedule, ("binance", f"A{number}-USDT"), 10)

    sizes = [len(call.records) for call in (schedule.next_call(0), schedule.next_call(0)) if call is not None]

    assert sizes == [MAX_RECORDS, 1]


def test_a_call_has_no_more_bytes_than_kinesis_takes() -> None:
    schedule = a_schedule(900_000)
    for number in range(7):
        add(schedule, ("binance", f"A{number}-USDT"), 900_000)

    calls = [schedule.next_call(0), schedule.next_call(0), schedule.next_call(0)]

    assert [len(call.records) if call else 0 for call in calls] == [5, 2, 0]
    assert all(sum(record.size for record in call.records) <= MAX_CALL_BYTES for call in calls if call)


def test_a_batch_that_is_more_than_a_record_has_its_lines_counted_in_each() -> None:
    schedule, lines = a_schedule(50), [b"x" * 10] * 23
    schedule.add(LineBatch("binance", "BTC-USDT", len(lines), b"\n".join(lines)), lambda: None, 0)
    trades = []
    while (call := schedule.next_call(0)) is not None:
        trades += [(pending.count, pending.record.payload.count(b"x") // 10) for pending in call.pending]
        schedule.settle(call, [None], 0)

    assert sum(told for told, _ in trades) == len(lines)
    assert all(told == there for told, there in trades)


def test_the_oldest_leave_first() -> None:
    schedule = a_schedule(100)
    for number in range(MAX_RECORDS):
        add(schedule, ("binance", f"A{number}-USDT"), 10, now=5)
    add(schedule, ("binance", "OLD-USDT"), 10, now=1)

    call = schedule.next_call(10)

    assert call is not None
    assert call.lanes[0] == ("binance", "OLD-USDT")


def test_after_a_failed_call_none_is_made_for_a_while() -> None:
    schedule = a_schedule(100)
    add(schedule, ("binance", "BTC-USDT"), 10)
    call = schedule.next_call(0)
    assert call is not None

    schedule.fail(call, 0)
    add(schedule, ("binance", "ETH-USDT"), 10)

    assert BASE_SECONDS <= schedule.due() <= 3 * BASE_SECONDS
    assert schedule.next_call(0) is None
    again = schedule.next_call(schedule.due())
    assert again is not None
    assert call.records[0] in again.records


def test_a_stream_that_fails_now_and_then_is_left_alone_for_as_long_as_it_needs() -> None:
    """The wait after a failed call grows, and an answer halves it and does not begin again."""
    schedule, now, waits = a_schedule(100, random=Patient()), 0.0, []
    for fails in (True, True, True, False, True):
        add(schedule, ("binance", "BTC-USDT"), 10)
        call = schedule.next_call(now)
        assert call is not None
        if not fails:
            schedule.settle(call, [None], now)
            continue
        schedule.fail(call, now)
        waits.append((schedule.due() - now) / BASE_SECONDS)
        now = schedule.due()

    assert waits == pytest.approx([3, 9, 27, 40.5])


def test_the_oldest_line_is_known_whether_it_waits_or_is_out() -> None:
    schedule = a_schedule(10)
    add(schedule, ("binance", "BTC-USDT"), 10, now=3)
    add(schedule, ("binance", "ETH-USDT"), 10, now=4)
    schedule.next_call(5)

    assert schedule.oldest == 3


def test_a_refused_record_holds_back_its_own_market_and_no_other() -> None:
    schedule = a_schedule(10)
    refusal = Refusal("ProvisionedThroughputExceededException", "Rate exceeded")
    now, gone, tried = 0.0, 0, 0
    add(schedule, ("binance", "BTC-USDT"), 10)
    while gone < 50:
        add(schedule, ("binance", "ETH-USDT"), 10, now=now)
        call = schedule.next_call(now)
        assert call is not None
        assert ("binance", "ETH-USDT") in call.lanes
        answer = [refusal if market[1] == "BTC-USDT" else None for market in call.lanes]
        tried += ("binance", "BTC-USDT") in call.lanes
        gone += len(schedule.settle(call, answer, now))
        now += 1

    assert tried > 5
    assert not schedule.empty


def test_markets_that_are_nearly_due_leave_with_the_one_that_is() -> None:
    schedule = Schedule(record_bytes=100, record_age=1, random=Random(0))
    for number, since in enumerate((0.0, 0.25, 0.5, 0.75)):
        add(schedule, ("binance", f"A{number}-USDT"), 10, now=since)

    assert schedule.next_call(0.9) is None
    call = schedule.next_call(1)
    assert call is not None
    assert [market[1] for market in call.lanes] == ["A0-USDT", "A1-USDT", "A2-USDT"]
    assert schedule.next_call(1.7) is None
    assert schedule.due() == 1.75
