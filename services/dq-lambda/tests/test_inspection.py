"""What a record holds: valid trades, late and double ones, and refusals with their places."""

from coattail_common.lines import encode_trade, pack
from coattail_testing.records import a_trade
from dq_lambda.inspection import Tally, inspect
from dq_lambda.records import StreamRecord

NOW = 1_700_000_100_000_000


def record(*lines: bytes, number: int = 1) -> StreamRecord:
    return StreamRecord("shardId-000000000000", str(number), NOW - 1_000, pack(lines))


def test_each_refused_line_keeps_its_rule_its_bytes_and_its_place() -> None:
    good = encode_trade(a_trade(1))
    side = good.replace(b'"buy"', b'"hold"')

    inspected = inspect(record(good, b"\xff", good, side), 60_000_000, NOW)

    assert [(one.line_number, one.reason, one.rule, one.line) for one in inspected.rejects] == [
        (1, "malformed", "malformed.not_utf8", b"\xff"),
        (3, "invalid", "invalid.side", side),
    ]
    assert {(one.shard_id, one.sequence_number, one.arrived_at, one.rejected_at) for one in inspected.rejects} == {
        ("shardId-000000000000", "1", NOW - 1_000, NOW)
    }


def test_a_trade_is_late_when_it_was_received_long_after_it_happened() -> None:
    late_by_a_millisecond = encode_trade(a_trade(1))  # received a millisecond after it happened

    assert inspect(record(late_by_a_millisecond), 1_000, NOW).late == 0
    assert inspect(record(late_by_a_millisecond), 999, NOW).late == 1


def test_a_trade_that_comes_again_within_the_batch_is_a_duplicate_wherever_it_stands() -> None:
    one, other = encode_trade(a_trade(1)), encode_trade(a_trade(2))
    batch = [inspect(record(one, one, b"", number=1), 0, NOW), inspect(record(other, one, number=2), 0, NOW)]

    tally = Tally.of(batch)

    assert tally == Tally(processed=5, failed=1, late=4, duplicate=2)
    assert tally.passed == 4
