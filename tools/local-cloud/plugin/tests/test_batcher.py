from localstack_host_plugin.event_source.batcher import Batcher
from localstack_host_plugin.event_source.testing import records_of


def test_without_a_window_what_is_there_is_due() -> None:
    batcher = Batcher(10, 0.0)
    assert not batcher.is_due(now=5.0)
    batcher.add(records_of("a"), now=5.0)
    assert batcher.is_due(now=5.0)


def test_a_window_begins_with_the_first_record() -> None:
    batcher = Batcher(10, 2.0)
    batcher.add(records_of("a"), now=5.0)
    batcher.add(records_of("b", first=2), now=6.5)
    assert not batcher.is_due(now=6.9)
    assert batcher.is_due(now=7.0)


def test_a_full_batch_does_not_wait() -> None:
    batcher = Batcher(2, 60.0)
    batcher.add(records_of("a", "b", "c"), now=0.0)
    assert (batcher.is_due(now=0.0), batcher.room) == (True, 1)
    assert [record.partition_key for record in batcher.take()] == ["a", "b"]
    assert not batcher.is_due(now=59.0)
    assert len(batcher) == 1


def test_an_event_that_would_be_too_large_is_two() -> None:
    records = records_of(*"abc")
    batcher = Batcher(10, 60.0, max_bytes=2 * records[0].event_bytes)
    batcher.add(records, now=0.0)
    assert batcher.is_due(now=0.0)
    assert [len(batcher.take()), len(batcher.take()), len(batcher.take())] == [2, 1, 0]


def test_a_record_larger_than_an_event_still_goes() -> None:
    batcher = Batcher(10, 0.0, max_bytes=1)
    batcher.add(records_of("a", "b"), now=0.0)
    assert len(batcher.take()) == 1
