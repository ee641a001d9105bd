"""The disk of a writer."""

from pathlib import Path

from coattail_chaos.disk import Disk
from coattail_chaos.faults import Fault, Tally


def with_a_segment(disk: Disk) -> None:
    disk.spool.mkdir(parents=True)
    (disk.spool / "1.spool").write_bytes(b"12345")


def test_one_that_is_to_be_lost_is_lost_once_and_its_bytes_are_counted(tmp_path: Path) -> None:
    tally = Tally()
    disk = Disk(tmp_path, "one", tally)
    with_a_segment(disk)
    disk.lose = True
    assert disk.for_the_next(small=False) == disk.spool
    assert not disk.spool.exists()
    with_a_segment(disk)
    disk.for_the_next(small=False)

    assert disk.spool.exists()
    assert disk.bytes_lost == 5
    assert tally.copy() == {Fault.SPOOL_LOST: 1}


def test_that_of_another_writer_stays(tmp_path: Path) -> None:
    one, other = Disk(tmp_path, "one", Tally()), Disk(tmp_path, "other", Tally())
    with_a_segment(one)
    with_a_segment(other)
    one.lose = True
    one.for_the_next(small=False)

    assert not one.spool.exists()
    assert (other.spool / "1.spool").read_bytes() == b"12345"


def test_there_is_a_folder_where_a_small_one_may_be_mounted(tmp_path: Path) -> None:
    disk = Disk(tmp_path, "one", Tally())

    assert disk.for_the_next(small=True) == disk.small
    assert disk.small.is_dir()
