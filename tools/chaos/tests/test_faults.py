"""Counting."""

from coattail_chaos.faults import Fault, Tally, since, undone


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


def test_what_did_not_happen_is_said_and_of_writers_to_which_one() -> None:
    whole = Tally()
    one, other = Tally(whole), Tally(whole)
    one.count(Fault.SPOOL_LOST)
    whole.count(Fault.CONNECTOR_KILLED)
    expected = {Fault.SPOOL_LOST, Fault.CONNECTOR_KILLED, Fault.DISK_FULL}

    told = list(undone(expected, whole, {"one": one, "other": other}))
    assert [line.partition(":")[0] for line in told] == [
        "disk_full did not happen",
        "spool_lost did not happen to other",
    ]
