"""Whatever the batches, retries and splits, each refused line is in the dead_letters once."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, permutations
from threading import Event

import pytest
from aws_lambda_powertools import Logger
from hypothesis import given, settings
from hypothesis import strategies as st

from coattail_common.lines import encode_trade, pack
from coattail_runtime import telemetry
from coattail_testing.records import a_trade
from coattail_testkit.quality import FakeDeadLetters
from dq_lambda.dead_letters import DeadLetterError, Letter
from dq_lambda.degradation import Count
from dq_lambda.inspection import KEPT_LINES, Tally
from dq_lambda.records import StreamRecord
from dq_lambda.validation import Validation, _FirstFailure

GOOD = encode_trade(a_trade(1))
BAD = {"malformed": b"<html>", "incomplete": b"{}", "invalid": GOOD.replace(b'"buy"', b'"hold"')}
LINES = st.sampled_from([GOOD, GOOD, *BAD.values()])
MINUTE = 60_000_000


def record(number: int, lines: Sequence[bytes], arrived_at: int = 0) -> StreamRecord:
    return StreamRecord("shardId-000000000000", str(1000 + number), arrived_at, pack(lines))


def positions(dead_letters: FakeDeadLetters) -> list[tuple[str, int, bytes]]:
    return [(one.sequence_number, one.line_number, one.line) for one in dead_letters.rejects()]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[StreamRecord], list[tuple[int, int, str | None]]]:
    """A shard's records, and the batches in which they are delivered: from, to, and what of the dead_letters is away meanwhile.

    Any part may be delivered again at any time, as after a kill, a split or a retry; in the end everything was, in order.
    """
    records = [
        record(number, draw(st.lists(LINES, min_size=1, max_size=4))) for number in range(draw(st.integers(1, 8)))
    ]
    ends = st.integers(0, len(records))
    away = st.sampled_from([None, *BAD, "1003"])
    batches = draw(st.lists(st.tuples(ends, ends, away), max_size=8))
    cuts = sorted({0, len(records), *draw(st.lists(ends, max_size=3))})
    return records, [*batches, *((start, end, None) for start, end in pairwise(cuts))]


@settings(max_examples=150)
@given(deliveries())
def test_any_batches_retries_and_splits_leave_each_bad_line_once(
    case: tuple[list[StreamRecord], list[tuple[int, int, str | None]]],
) -> None:
    records, batches = case
    dead_letters = FakeDeadLetters()
    with ThreadPoolExecutor(2) as writers:
        validation = Validation(dead_letters, 60, writers, telemetry.logger("dq-lambda", "CRITICAL"), clock=lambda: 1)
        for start, end, dead_letters.refused in batches:
            validation.run(records[start:end])

    assert positions(dead_letters) == [
        (one.sequence_number, number, line)
        for one in records
        for number, line in enumerate(one.data.split(b"\n"))
        if line != GOOD
    ]


def test_what_could_not_be_kept_is_told_from_the_first_on_and_counted_when_it_comes_again(
    dead_letters: FakeDeadLetters, validation: Validation
) -> None:
    records = [record(number, [GOOD, BAD["invalid"]], number * MINUTE) for number in range(6)]
    dead_letters.refused = records[3].sequence_number

    first = validation.run(records)
    dead_letters.refused = None
    second = validation.run(records[3:])

    assert first.failed_from == records[3].sequence_number
    assert first.tally == Tally(processed=6, failed=3, late=0, duplicate=2)
    assert first.counts(MINUTE) == {minute: Count(2, 1) for minute in range(3)}
    assert second.failed_from is None
    assert second.counts(MINUTE) == {minute: Count(2, 1) for minute in range(3, 6)}
    assert len(positions(dead_letters)) == 6


def test_a_batch_of_which_nothing_could_be_kept_fails_from_its_beginning(
    dead_letters: FakeDeadLetters, validation: Validation
) -> None:
    dead_letters.refused = "/"

    outcome = validation.run([record(number, [BAD["malformed"]]) for number in range(50)])

    assert (outcome.failed_from, outcome.done) == ("1000", [])


def test_a_good_record_needs_no_zone(dead_letters: FakeDeadLetters, validation: Validation) -> None:
    dead_letters.refused = "/"

    outcome = validation.run([record(0, [GOOD]), record(1, [GOOD, GOOD])])

    assert outcome.failed_from is None
    assert outcome.tally == Tally(processed=3, failed=0, late=0, duplicate=2)


def test_nothing_is_written_twice(dead_letters: FakeDeadLetters, validation: Validation) -> None:
    records = [record(number, BAD.values()) for number in range(3)]  # type: ignore[arg-type]

    for _ in range(3):
        validation.run(records)

    assert dead_letters.writes == 9


def test_first_failure_is_the_earliest_in_whatever_order_records_fail() -> None:
    """Failures come from several threads: a later record's may be known first, and must not stand in its place."""
    for order in permutations([7, 3, 5]):
        failure = _FirstFailure(9)
        for number in order:
            failure.is_at(number)
        assert failure.number == 3


class FakeSlowZone(FakeDeadLetters):
    """A dead_letters where the first record's letter is refused only after the last record's was."""

    def __init__(self) -> None:
        super().__init__()
        self._last_failed = Event()

    def keep(self, letter: Letter) -> None:
        """See `Zone.keep`."""
        if letter.key.endswith("/1000.jsonl"):
            assert self._last_failed.wait(60)
        else:
            self._last_failed.set()
        raise DeadLetterError(letter.key)


def test_validation_fails_from_the_first_record_although_a_later_one_failed_before(
    writers: ThreadPoolExecutor, log: Logger
) -> None:
    records = [record(0, [BAD["malformed"]]), record(1, [GOOD]), record(2, [BAD["malformed"]])]

    outcome = Validation(FakeSlowZone(), 60, writers, log, clock=lambda: 1).run(records)

    assert (outcome.failed_from, outcome.done) == ("1000", [])


class FakeAwayZone(FakeDeadLetters):
    """A dead_letters that refuses everything, and counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def keep(self, letter: Letter) -> None:
        """See `Zone.keep`."""
        self.asked += 1
        raise DeadLetterError(letter.key)


def test_validation_spares_what_comes_after_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """Each attempt at a dead_letters that is away takes its time-out, and the records after the failed one come again anyway."""
    dead_letters = FakeAwayZone()
    with ThreadPoolExecutor(1) as writers:
        log = telemetry.logger("dq-lambda-spares", "WARNING")
        Validation(dead_letters, 60, writers, log, clock=lambda: 1).run(
            [record(at, [BAD["malformed"]]) for at in range(50)]
        )

    assert dead_letters.asked == 1
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (line["message"], line["key"]) == (
        "dead letter not stored",
        "malformed/date=1970-01-01/shardId-000000000000/1000.jsonl",
    )


def test_validation_says_when_a_record_is_kept_whole(
    dead_letters: FakeDeadLetters, writers: ThreadPoolExecutor, capsys: pytest.CaptureFixture[str]
) -> None:
    log = telemetry.logger("dq-lambda-whole", "WARNING")
    Validation(dead_letters, 60, writers, log, clock=lambda: 1).run([record(0, [b""] * (KEPT_LINES + 1))])

    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert line["message"] == "record kept whole: too many of its lines were refused"
    assert line["counts"] == {"refused": str(KEPT_LINES + 1), "kept-as-lines": str(KEPT_LINES)}
