"""What a batch takes of a shard does not depend on who reads it, in what pages, or what it has kept."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_detectors.source.pages import ExpiredPlaceError, Page
from stream_detectors.source.positions import Shard
from stream_detectors.source.prefix import ShardStart, cut
from stream_detectors.source.records import StreamRecord
from stream_detectors.source.shard_reader import FOREVER, ShardReader

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
BEGAN = int(EPOCH.timestamp()) * 1_000_000
LARGE = 10**9


def a_record(number: int, arrived: int, size: int = 10) -> StreamRecord:
    """A record that arrived so many µs after the beginning."""
    return StreamRecord(b"x" * size, "key", str(number), "a", EPOCH + timedelta(microseconds=arrived))


class FakePages:
    """One shard. `behind`: whether the shard says that it has more although a page is its last; `pages` were asked for."""

    def __init__(
        self, records: Sequence[StreamRecord], a_page: int = 3, *, closed: bool = False, now: int = 10**6
    ) -> None:
        self.records = list(records)
        self.closed = closed
        self.now = now
        self.asked: list[str] = []
        self.opened: list[str | None] = []
        self.expired: set[str] = set()
        self._a_page = a_page

    def shards(self) -> list[Shard]:
        return [Shard("a")]

    def after(self, shard_id: str, sequence_number: str | None) -> str:  # noqa: ARG002  (the seam's)
        self.opened.append(sequence_number)
        first = sum(1 for one in self.records if int(one.sequence_number) <= int(sequence_number or -1))
        return f"{first} {len(self.opened)}"

    def page(self, shard_id: str, place: str) -> Page:
        self.asked.append(place)
        if place in self.expired:
            raise ExpiredPlaceError(shard_id)
        first = int(place.split(maxsplit=1)[0])
        found = self.records[first : first + self._a_page]
        end = first + len(found)
        is_last = end >= len(self.records)
        following = None if self.closed and is_last and not found else f"{end} {place.split()[1]}"
        return Page(found, following, is_tip=is_last, asked_at=BEGAN + self.now)


def numbers(records: Sequence[StreamRecord]) -> list[int]:
    return [int(one.sequence_number) for one in records]


def test_a_batch_ends_before_the_first_record_that_arrived_after_its_moment() -> None:
    # The fourth arrived before the third by the clock: what counts is the order of the shard.
    records = [a_record(1, 0), a_record(2, 100), a_record(3, 300), a_record(4, 150)]

    assert numbers(cut(records, BEGAN + 200, LARGE, is_first=True).taken) == [1, 2]


def test_a_record_that_is_larger_than_a_batch_comes_alone() -> None:
    records = [a_record(1, 0, size=100), a_record(2, 0)]

    found = cut(records, BEGAN, 50, is_first=True)

    assert (numbers(found.taken), found.is_end) == ([1], True)
    assert numbers(cut(records, BEGAN, 50, is_first=False).taken) == []


def test_a_shard_is_read_batch_after_batch_without_asking_for_anything_twice() -> None:
    pages = FakePages([a_record(number, number * 10) for number in range(1, 8)])
    reader = ShardReader(pages)

    first = reader.read(ShardStart("a"), BEGAN + 25, LARGE)
    second = reader.read(ShardStart("a", "2"), BEGAN + 45, LARGE)
    third = reader.read(ShardStart("a", "4"), BEGAN + 1000, LARGE)

    assert [numbers(one.records) for one in (first, second, third)] == [[1, 2], [3, 4], [5, 6, 7]]
    assert [one.seen_until for one in (first, second, third)] == [BEGAN + 25, BEGAN + 45, BEGAN + 10**6]
    assert pages.opened == [None]
    assert pages.asked == ["0 1", "3 1", "6 1"]


def test_what_arrives_after_the_tip_was_reached_comes_with_the_next_batch() -> None:
    pages = FakePages([a_record(1, 10)])
    reader = ShardReader(pages)

    assert numbers(reader.read(ShardStart("a"), BEGAN + 20, LARGE).records) == [1]
    pages.records.append(a_record(2, 30))
    assert numbers(reader.read(ShardStart("a", "1"), BEGAN + 40, LARGE).records) == [2]
    assert pages.opened == [None]


def test_what_was_kept_from_a_tip_of_before_does_not_hide_what_came_since() -> None:
    pages = FakePages([a_record(1, 10), a_record(2, 500)], now=600)
    reader = ShardReader(pages)

    assert numbers(reader.read(ShardStart("a"), BEGAN + 100, LARGE).records) == [1]
    pages.records.append(a_record(3, 700))
    pages.now = 900
    assert numbers(reader.read(ShardStart("a", "1"), BEGAN + 800, LARGE).records) == [2, 3]


def test_a_clock_behind_the_drivers_does_not_keep_a_reader_asking() -> None:
    pages = FakePages([a_record(1, 10)], now=50)

    found = ShardReader(pages).read(ShardStart("a"), BEGAN + 10**6, LARGE)

    assert (numbers(found.records), found.seen_until) == ([1], BEGAN + 50)


def test_a_full_batch_says_nothing_about_how_far_the_shard_is_seen() -> None:
    found = ShardReader(FakePages([a_record(n, n) for n in range(1, 9)])).read(ShardStart("a"), BEGAN + 100, 40)

    assert (numbers(found.records), found.seen_until) == ([1, 2, 3, 4], None)


def test_a_closed_shard_is_finished_with_its_last_record() -> None:
    reader = ShardReader(FakePages([a_record(n, n) for n in range(1, 5)], closed=True))

    first = reader.read(ShardStart("a"), BEGAN + 100, 20)
    second = reader.read(ShardStart("a", "2"), BEGAN + 100, LARGE)

    assert not first.is_finished
    # Its last page says that it is the tip; that it is closed the page after it says.
    third = reader.read(ShardStart("a", "4"), BEGAN + 200, LARGE)
    assert (numbers(second.records), third.is_finished, third.seen_until) == ([3, 4], True, FOREVER)


def test_an_expired_place_is_asked_for_again_by_the_last_record() -> None:
    pages = FakePages([a_record(number, number) for number in range(1, 5)])
    reader = ShardReader(pages)
    reader.read(ShardStart("a"), BEGAN + 100, LARGE)
    pages.records.append(a_record(5, 5))
    pages.expired = {"4 1"}

    assert numbers(reader.read(ShardStart("a", "4"), BEGAN + 100, LARGE).records) == [5]
    assert pages.opened == [None, "4"]


def test_a_reader_that_kept_another_place_goes_by_the_position_it_is_given() -> None:
    pages = FakePages([a_record(number, number) for number in range(1, 8)])
    reader = ShardReader(pages)
    reader.read(ShardStart("a"), BEGAN + 2, LARGE)

    assert numbers(reader.read(ShardStart("a", "5"), BEGAN + 100, LARGE).records) == [6, 7]


@given(
    arrivals=st.lists(st.integers(0, 50), max_size=30),
    sizes=st.data(),
    ends=st.lists(st.integers(0, 60), min_size=1, max_size=8),
    most=st.integers(1, 100),
    pages=st.tuples(st.integers(1, 7), st.integers(1, 7)),
)
def test_whoever_reads_a_batch_reads_the_same(
    arrivals: list[int], sizes: st.DataObject, ends: list[int], most: int, pages: tuple[int, int]
) -> None:
    records = [a_record(n, at, sizes.draw(st.integers(1, 60))) for n, at in enumerate(arrivals, 1)]
    one = ShardReader(FakePages(records, pages[0]))
    after: str | None = None
    found: list[int] = []
    for end in sorted(ends):
        start = ShardStart("a", after)
        batch = one.read(start, BEGAN + end, most)
        again = ShardReader(FakePages(records, pages[1])).read(start, BEGAN + end, most)
        assert numbers(again.records) == numbers(batch.records)
        found += numbers(batch.records)
        after = batch.records[-1].sequence_number if batch.records else after

    assert found == list(range(1, len(found) + 1))


@pytest.mark.parametrize("until", [25, 1000])
def test_a_shard_that_is_not_kept_any_more_is_opened_again(until: int) -> None:
    pages = FakePages([a_record(number, number * 10) for number in range(1, 8)])

    first = ShardReader(pages).read(ShardStart("a"), BEGAN + 25, LARGE)
    second = ShardReader(pages).read(ShardStart("a", "2"), BEGAN + until, LARGE)

    assert numbers(first.records) + numbers(second.records) == list(range(1, 3 if until == 25 else 8))
    assert pages.opened == [None, "2"]
