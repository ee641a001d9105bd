"""The shards of a stream through a reader each: order, resharding, lanes, and going on after an update."""

import threading
from collections.abc import Callable
from dataclasses import replace

from localstack_host_plugin.event_source.delivery import Delivery
from localstack_host_plugin.event_source.mapping import Mapping
from localstack_host_plugin.event_source.progress import Lane, Progress
from localstack_host_plugin.event_source.reader import LaneReader
from localstack_host_plugin.event_source.records import Origin
from localstack_host_plugin.event_source.seams import Page, ShardInfo, Source
from localstack_host_plugin.event_source.settings import MappingSettings, Start
from localstack_host_plugin.event_source.testing import FAILED, TAKEN, FakeFunction, FakeStream, records_of

SETTINGS = MappingSettings(start=Start("TRIM_HORIZON"), batch_size=2)
PARENT = ShardInfo("parent", (), is_open=False)
CHILD = ShardInfo("child", ("parent",), is_open=False)


def mapping_of(
    source: Source, function: FakeFunction, progress: Progress, settings: MappingSettings = SETTINGS
) -> Mapping:
    """As the poller puts it together, its pauses without length."""

    def run_lane(lane: Lane, start: Start) -> None:
        def pause(_seconds: float) -> bool:
            return mapping.stopped.is_set()

        origin = Origin("arn:aws:kinesis:us-west-2:000000000000:stream/s", lane.shard_id, "role")
        delivery = Delivery(function, None, settings, origin, pause)
        LaneReader(lane, start, source, delivery, progress, settings, pause, 0.0).run()

    mapping = Mapping(source, settings, progress, run_lane)
    return mapping


def look_until(mapping: Mapping, condition: Callable[[], bool]) -> None:
    """Looks as the worker does, and then ends the mapping."""
    tick = threading.Event()
    for _ in range(400):
        mapping.look()
        if condition():
            break
        tick.wait(0.01)
    else:
        raise AssertionError("it did not come about within 4 s")
    mapping.close(5.0)


def test_children_are_read_after_their_parents_and_nothing_twice() -> None:
    stream = FakeStream([CHILD, PARENT], {"parent": records_of(*"abc"), "child": records_of(*"de", first=4)})
    function = FakeFunction(lambda _texts: TAKEN)
    progress = Progress()
    look_until(mapping_of(stream, function, progress), lambda: progress.is_finished(Lane("child")))
    assert function.calls == [["a", "b"], ["c"], ["d", "e"]]


def test_children_that_come_later_start_at_their_beginning_whatever_the_mapping_says() -> None:
    latest = replace(SETTINGS, start=Start("LATEST"))
    growing = ShardInfo("first", (), is_open=True)
    stream = FakeStream([PARENT, growing], {"parent": records_of("old"), "first": [], "later": records_of("new")})
    function = FakeFunction(lambda _texts: TAKEN)
    progress = Progress()
    mapping = mapping_of(stream, function, progress, latest)
    mapping.look()
    stream.listed = [PARENT, replace(growing, is_open=False), ShardInfo("later", ("first",), is_open=False)]
    look_until(mapping, lambda: progress.is_finished(Lane("later")))
    assert function.calls == [["new"]]


def test_each_lane_takes_its_keys_in_order_and_all_of_them_together_everything() -> None:
    texts = [f"{key}" for key in "abcdef" for _ in range(5)]
    stream = FakeStream([PARENT], {"parent": records_of(*texts)})
    function = FakeFunction(lambda _texts: TAKEN)
    progress = Progress()
    settings = replace(SETTINGS, lanes=3)
    lanes = [Lane("parent", number, 3) for number in range(3)]
    mapping = mapping_of(stream, function, progress, settings)
    look_until(mapping, lambda: all(progress.is_finished(lane) for lane in lanes))
    assert sorted(text for call in function.calls for text in call) == sorted(texts)


def test_an_updated_mapping_goes_on_where_the_old_one_was_stopped() -> None:
    stream = FakeStream([PARENT], {"parent": records_of(*"abcd")})
    progress = Progress()
    first = FakeFunction(lambda texts: TAKEN if "a" in texts else FAILED)
    look_until(mapping_of(stream, first, progress), lambda: len(first.calls) > 1)
    second = FakeFunction(lambda _texts: TAKEN)
    look_until(mapping_of(stream, second, progress), lambda: progress.is_finished(Lane("parent")))
    assert second.calls == [["c", "d"]]


def test_a_read_that_fails_is_repeated_from_what_is_done() -> None:
    class Expiring(FakeStream):
        failures = 1

        def read(self, iterator: str, limit: int) -> Page:
            if iterator.endswith(":2") and self.failures:
                self.failures -= 1
                raise ConnectionError("the iterator has expired")
            return super().read(iterator, limit)

    stream = Expiring([PARENT], {"parent": records_of(*"abcd")})
    function = FakeFunction(lambda _texts: TAKEN)
    progress = Progress()
    look_until(mapping_of(stream, function, progress), lambda: progress.is_finished(Lane("parent")))
    assert function.calls == [["a", "b"], ["c", "d"]]
    assert stream.started == [("parent", "TRIM_HORIZON"), ("parent", "2")]


def test_progress_never_goes_back() -> None:
    progress, lane = Progress(), Lane("shard")
    progress.advance(lane, "9")
    progress.advance(lane, "10")
    progress.advance(lane, "3")
    assert progress.position(lane) == "10"
