"""Which shards may be read: a child only after its parents, in splits, merges and after they have expired."""

from stream_detectors.source.positions import Shard, advance, latest, readable

SPLIT = [Shard("0"), Shard("1", ("0",)), Shard("2", ("0",))]
MERGE = [Shard("0"), Shard("1"), Shard("2", ("0", "1"))]


def names(shards: list[Shard]) -> list[str]:
    return [shard.shard_id for shard in shards]


def test_children_wait_for_their_parent() -> None:
    assert names(readable(SPLIT, reading=[], finished=[])) == ["0"]
    assert names(readable(SPLIT, reading=["0"], finished=[])) == []
    assert names(readable(SPLIT, reading=[], finished=["0"])) == ["1", "2"]


def test_a_merged_shard_waits_for_both_parents() -> None:
    assert names(readable(MERGE, reading=["1"], finished=["0"])) == []
    assert names(readable(MERGE, reading=[], finished=["0", "1"])) == ["2"]


def test_children_of_expired_parents_are_read_at_once() -> None:
    assert names(readable(SPLIT[1:], reading=[], finished=[])) == ["1", "2"]


def test_positions_advance_in_the_order_read() -> None:
    assert advance({"a": "5"}, [("a", "6"), ("b", "1"), ("a", "9")]) == {"a": "9", "b": "1"}


def test_the_latest_position_is_numeric() -> None:
    assert latest({"a": "9", "b": "3"}, {"a": "10"}) == {"a": "10", "b": "3"}
