"""What the next batch reads: every shard where the last batch left it, and children after their parents."""

from pathlib import Path

import pytest

from stream_detectors.source.positions import Shard
from stream_detectors.source.prefix import BatchPlan, ShardStart
from stream_detectors.source.shard_plan import PlanFile, ReadTo, ShardPlan
from stream_detectors.source.shard_reader import FOREVER


@pytest.fixture
def file(tmp_path: Path) -> PlanFile:
    return PlanFile(tmp_path / "plan.json")


def test_a_batch_goes_on_where_the_one_before_ended(file: PlanFile) -> None:
    plan = ShardPlan(lambda: [Shard("a"), Shard("b")], {"a": "7"}, file)
    assert file.read() == BatchPlan(1, ("a", "b"), {"a": "7"})
    assert file.read().starts() == [ShardStart("a", "7"), ShardStart("b")]

    plan.note([ReadTo("a", "9", 100), ReadTo("b", None, 90)])

    assert file.read() == BatchPlan(2, ("a", "b"), {"a": "9"})
    assert plan.seen_until() == {"a": 100, "b": 90}


def test_children_are_read_when_all_of_their_parents_are_finished(file: PlanFile) -> None:
    shards = [Shard("a"), Shard("b"), Shard("c", ("a", "b"))]
    plan = ShardPlan(lambda: shards, {}, file)
    assert file.read().shards == ("a", "b")
    assert plan.seen_until() == {"a": None, "b": None, "c": None}

    plan.note([ReadTo("a", "5", FOREVER, is_finished=True), ReadTo("b", "5", 10)])
    assert file.read().shards == ("b",)
    plan.note([ReadTo("b", None, FOREVER, is_finished=True)])
    assert file.read().shards == ("c",)


def test_a_reshard_while_it_runs_is_found_when_the_parent_ends(file: PlanFile) -> None:
    shards = [Shard("a")]
    plan = ShardPlan(lambda: shards, {}, file)
    shards += [Shard("b", ("a",)), Shard("c", ("a",))]

    plan.note([ReadTo("a", "5", FOREVER, is_finished=True)])

    assert file.read().shards == ("b", "c")
    assert plan.seen_until() == {"a": FOREVER, "b": None, "c": None}


def test_a_shard_that_has_expired_is_forgotten(file: PlanFile) -> None:
    shards = [Shard("a"), Shard("b", ("a",)), Shard("c")]
    plan = ShardPlan(lambda: shards, {}, file)
    plan.note([ReadTo("a", "5", FOREVER, is_finished=True)])
    del shards[0]

    plan.note([ReadTo("b", None, FOREVER, is_finished=True)])

    assert (file.read().shards, set(plan.seen_until())) == (("c",), {"b", "c"})


def test_a_batch_without_records_leaves_the_positions_where_they_are(file: PlanFile) -> None:
    plan = ShardPlan(lambda: [Shard("a")], {"a": "7"}, file)

    plan.note([ReadTo("a", None, None)])

    assert file.read() == BatchPlan(2, ("a",), {"a": "7"})
    assert plan.seen_until() == {"a": None}
