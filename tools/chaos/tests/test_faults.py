"""Counting."""

from coattail_chaos.faults import Fault, Tally, since


def test_what_was_done_is_counted_and_the_rest_is_not_there() -> None:
    tally = Tally()
    tally.count(Fault.KINESIS_GONE)
    before = tally.copy()
    tally.count(Fault.KINESIS_THROTTLED, 3)
    tally.count(Fault.KINESIS_THROTTLED, 0)

    assert tally.copy() == {Fault.KINESIS_THROTTLED: 3, Fault.KINESIS_GONE: 1}
    assert since(before, tally.copy()) == {Fault.KINESIS_THROTTLED: 3}
    assert tally[Fault.DISK_FULL] == 0


def test_what_one_of_several_met_is_counted_for_it_and_in_all() -> None:
    whole = Tally()
    first, second = Tally(whole), Tally(whole)
    first.count(Fault.WRITER_KILLED, 2)
    second.count(Fault.WRITER_KILLED)

    assert (first[Fault.WRITER_KILLED], second[Fault.WRITER_KILLED], whole[Fault.WRITER_KILLED]) == (2, 1, 3)
