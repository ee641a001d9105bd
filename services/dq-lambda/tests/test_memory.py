"""What a batch costs in memory: bounded by the bytes of its records, whatever they hold."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest

from coattail_common.lines import encode_trade
from coattail_runtime import telemetry
from coattail_testing.records import a_trade
from coattail_testkit.quality import FakeDeadLetters
from dq_lambda.inspection import KEPT_LINES, Tally
from dq_lambda.records import StreamRecord
from dq_lambda.validation import Validation

MIB = 1_048_576
GOOD = encode_trade(a_trade(1)) + b"\n"
PER_RECORD_MIB = 16
"""Lambda delivers at most four records of 1 MiB at once (6 MB of Base64), and the function has 512 MiB, of which the interpreter and
its packages take some 150."""


def lines(line: bytes) -> bytes:
    return b"\n".join([line] * (MIB // (len(line) + 1)))


@pytest.mark.parametrize(
    ("data", "failed"),
    [
        (b"\n" * MIB, MIB + 1),
        (lines(b"x"), MIB // 2),
        (lines(b"{}"), MIB // 3),
        (b"x" * MIB, 1),
        (b"\xff" * MIB, 1),
        (b"[" * MIB, 1),
        (b"[" + b"[]," * (MIB // 3 - 1) + b"[]]", 1),
        (b'{"a":[' + b"{}," * (MIB // 3 - 3) + b"{}]}", 1),
        (b'{"trade_id":' + b"1" * (MIB - 13) + b"}", 1),
        (GOOD.rstrip() + b"\n" * MIB, MIB),
    ],
    ids=["feeds", "one byte", "objects", "giant", "not utf-8", "deep", "arrays", "nested", "digits", "behind a trade"],
)
def test_validation_of_a_record_of_a_mebibyte_is_bounded(data: bytes, failed: int) -> None:
    """1 MiB of line feeds took 713 MB of the Lambda's 512."""
    dead_letters = FakeDeadLetters()
    record = StreamRecord("shardId-000000000000", "1", 0, data)
    with ThreadPoolExecutor(2) as writers:
        validation = Validation(
            dead_letters, 60, writers, telemetry.logger("dq-lambda-memory", "CRITICAL"), clock=lambda: 1
        )
        tracemalloc.start()
        outcome = validation.run([record])
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    passed = int(data.startswith(GOOD[:10]))
    assert outcome.failed_from is None
    assert outcome.tally == Tally(processed=passed + failed, failed=failed, late=0, duplicate=0)
    kept = dead_letters.rejects()
    assert len(kept) == min(failed, KEPT_LINES)
    assert [one.line_number for one in kept] == list(range(passed, passed + len(kept)))
    wholes = [body for key, body in dead_letters.objects.items() if key.endswith(".record")]
    assert wholes == ([data] if failed > KEPT_LINES else [])
    assert peak < PER_RECORD_MIB * MIB


def test_validation_holds_no_refused_lines_of_the_records_before() -> None:
    """A batch of small records that are all refused holds the lines of those alone that are under way."""
    data = b"\n".join([b"{}"] * KEPT_LINES)
    records = [StreamRecord("shardId-000000000000", str(number), 0, data) for number in range(40)]

    class FakeSink(FakeDeadLetters):
        """Takes every letter and forgets it."""

        def keep(self, letter: object) -> None:
            """See `Zone.keep`."""

    with ThreadPoolExecutor(2) as writers:
        validation = Validation(
            FakeSink(), 60, writers, telemetry.logger("dq-lambda-memory", "CRITICAL"), clock=lambda: 1
        )
        tracemalloc.start()
        outcome = validation.run(records)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert outcome.tally.failed == 40 * KEPT_LINES
    assert peak < 24 * MIB
