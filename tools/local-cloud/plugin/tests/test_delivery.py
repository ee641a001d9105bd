"""Retries, splitting, partial failures and giving up, as AWS documents them."""

import pytest
from localstack_host_plugin.event_source.delivery import Delivery, StoppedError
from localstack_host_plugin.event_source.records import Origin
from localstack_host_plugin.event_source.seams import Answer, Condition
from localstack_host_plugin.event_source.settings import MappingSettings, Start
from localstack_host_plugin.event_source.testing import (
    FAILED,
    TAKEN,
    Behaviour,
    FakeDestination,
    FakeFunction,
    failing_from,
    records_of,
    throttled,
)

ORIGIN = Origin("arn:aws:kinesis:us-west-2:000000000000:stream/s", "shard", "role")


class Delivered:
    """One batch that was delivered: what the function saw, what was given up, what was done when."""

    def __init__(self, behaviour: Behaviour, *texts: str, refusals: int = 0, now: float = 0.0, **options: int) -> None:
        self.function = FakeFunction(behaviour)
        self.destination = FakeDestination(refusals)
        self.done: list[str] = []
        self.pauses: list[float] = []
        settings = MappingSettings(start=Start("TRIM_HORIZON"), **options)  # type: ignore[arg-type]
        delivery = Delivery(self.function, self.destination, settings, ORIGIN, self._pause, lambda: now)
        delivery.deliver(records_of(*texts), self.done.append)

    def _pause(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return False


def failing_with(*bad: str) -> Behaviour:
    return lambda texts: FAILED if set(texts) & set(bad) else TAKEN


def reporting(*bad: str) -> Behaviour:
    """A function that reports the first bad record of those numbered a = 1, b = 2, ..."""

    def behaviour(texts: list[str]) -> Answer:
        first = next((text for text in texts if text in bad), None)
        return failing_from(str(ord(first) - ord("a") + 1)) if first else TAKEN

    return behaviour


def test_a_batch_that_is_taken_is_done() -> None:
    delivered = Delivered(lambda _texts: TAKEN, "a", "b")
    assert delivered.function.calls == [["a", "b"]]
    assert (delivered.done, delivered.pauses) == (["2"], [])


def test_without_splitting_the_whole_batch_is_retried_and_given_up() -> None:
    delivered = Delivered(failing_with("b"), "a", "b", "c", max_retries=2)
    assert delivered.function.calls == [["a", "b", "c"]] * 3
    assert delivered.destination.texts == [["a", "b", "c"]]
    kept = delivered.destination.kept[0]
    assert (kept.condition, kept.invocations, kept.answer) == (Condition.RETRIES_EXHAUSTED, 3, FAILED)
    assert delivered.done == ["3"]


def test_splitting_finds_the_one_bad_record_and_costs_no_retries() -> None:
    delivered = Delivered(failing_with("c"), *"abcdefgh", bisects=True, max_retries=1)
    assert delivered.destination.texts == [["c"]]
    assert delivered.function.calls == [
        list("abcdefgh"),
        list("abcd"),
        list("ab"),
        list("cd"),
        list("c"),
        list("c"),
        list("d"),
        list("efgh"),
    ]
    assert delivered.done == ["2", "3", "4", "8"]


def test_every_good_record_is_taken_beside_several_bad_ones() -> None:
    delivered = Delivered(failing_with("a", "d", "h"), *"abcdefgh", bisects=True, max_retries=0)
    taken = [text for call in delivered.function.calls if not set(call) & set("adh") for text in call]
    assert sorted(taken) == list("bcefg")
    assert delivered.destination.texts == [["a"], ["d"], ["h"]]


def test_a_reported_failure_is_where_the_batch_is_taken_up_again() -> None:
    seen: list[str] = []

    def recovers(texts: list[str]) -> Answer:
        first_time = "c" in texts and "c" not in seen
        seen.extend(texts)
        return failing_from("3") if first_time else TAKEN

    delivered = Delivered(recovers, *"abcd", reports_failures=True, max_retries=0)
    assert delivered.function.calls == [list("abcd"), list("cd")]
    assert (delivered.destination.kept, delivered.done) == ([], ["2", "4"])


def test_a_reported_failure_that_stays_is_split_off_from_the_good_ones_behind_it() -> None:
    delivered = Delivered(reporting("b"), *"abcd", reports_failures=True, bisects=True, max_retries=1)
    assert delivered.destination.texts == [["b"]]
    assert delivered.function.calls == [list("abcd"), list("bcd"), ["b"], ["b"], list("cd")]
    assert delivered.done == ["1", "2", "4"]


def test_failures_are_not_read_where_the_mapping_does_not_say_so() -> None:
    delivered = Delivered(reporting("b"), *"abc", max_retries=0)
    assert delivered.function.calls == [list("abc")]


def test_retries_pause_longer_and_longer() -> None:
    delivered = Delivered(failing_with("a"), "a", max_retries=9)
    assert delivered.pauses[:4] == [0.25, 0.5, 1.0, 2.0]
    assert max(delivered.pauses) == 30.0


def test_a_function_that_cannot_be_invoked_is_waited_for_and_no_attempt_counts() -> None:
    delivered = Delivered(throttled(5), "a", max_retries=0)
    assert (delivered.function.calls, delivered.done) == ([["a"]], ["1"])
    assert len(delivered.pauses) == 5


def test_records_that_have_grown_too_old_are_given_up_uncalled() -> None:
    delivered = Delivered(lambda _texts: TAKEN, "a", "b", now=61.0, max_record_age=60)
    assert delivered.function.calls == []
    kept = delivered.destination.kept[0]
    assert (kept.condition, kept.invocations, kept.answer) == (Condition.TOO_OLD, 0, None)
    assert delivered.done == ["2"]


def test_nothing_is_done_before_the_destination_has_it() -> None:
    delivered = Delivered(failing_with("a"), "a", refusals=3, max_retries=0)
    assert (delivered.destination.texts, delivered.done) == ([["a"]], ["1"])


def test_a_mapping_that_is_stopped_leaves_the_rest_undone() -> None:
    done: list[str] = []
    settings = MappingSettings(start=Start("TRIM_HORIZON"), bisects=True)
    delivery = Delivery(FakeFunction(failing_with("a")), None, settings, ORIGIN, lambda _seconds: True)
    with pytest.raises(StoppedError):
        delivery.deliver(records_of("a", "b"), done.append)
    assert done == []
