import itertools
import threading

import pytest
from localstack_host_plugin.kinesis.errors import InvalidArgumentError, ResourceInUseError, ResourceNotFoundError
from localstack_host_plugin.kinesis.shard import HASH_KEYS, Shard
from localstack_host_plugin.kinesis.stream import Entry, Stream, StreamSettings

ARN = "arn:aws:kinesis:us-west-2:000000000000:stream/trades"


class FakeClock:
    """Stands still until it is moved (seconds)."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def stream(clock: FakeClock) -> Stream:
    return Stream(ARN, 4, StreamSettings("ON_DEMAND"), clock)


def everything(stream: Stream, shard: Shard) -> list[bytes]:
    return [record.data for record in stream.read(shard.shard_id, shard.starts_at, 10_000).records]


def test_the_open_shards_cover_every_hash_key_once(stream: Stream) -> None:
    shards = stream.open_shards()
    assert shards[0].first_hash_key == 0
    assert shards[-1].last_hash_key == HASH_KEYS - 1
    assert all(a.last_hash_key + 1 == b.first_hash_key for a, b in itertools.pairwise(shards))


def test_a_key_keeps_its_shard_and_its_order(stream: Stream) -> None:
    placed = stream.put([Entry("BTC-USDT", bytes([index])) for index in range(50)])
    assert len({at.shard_id for at in placed}) == 1
    numbers = [at.sequence_number for at in placed]
    assert numbers == sorted(numbers)
    assert everything(stream, stream.shard(placed[0].shard_id)) == [bytes([index]) for index in range(50)]


def test_an_explicit_hash_key_comes_before_the_partition_key(stream: Stream) -> None:
    (placed,) = stream.put([Entry("any", b"", hash_key=HASH_KEYS - 1)])
    assert placed.shard_id == "shardId-000000000003"


def test_sequence_numbers_are_wider_than_64_bits(stream: Stream) -> None:
    (placed,) = stream.put([Entry("key", b"")])
    assert len(str(placed.sequence_number)) == 56


def test_threads_that_put_at_once_lose_nothing(stream: Stream) -> None:
    def put(writer: int) -> None:
        for index in range(200):
            stream.put([Entry(f"{writer}-{index}", f"{writer}-{index}".encode())])

    threads = [threading.Thread(target=put, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = [data for shard in stream.shards() for data in everything(stream, shard)]
    assert len(stored) == len(set(stored)) == 1600


def test_a_split_leaves_the_records_with_the_parent_and_sends_new_ones_to_the_children(stream: Stream) -> None:
    (before,) = stream.put([Entry("BTC-USDT", b"before")])
    parent = stream.shard(before.shard_id)
    stream.split(parent.shard_id, (parent.first_hash_key + parent.last_hash_key) // 2)
    (after,) = stream.put([Entry("BTC-USDT", b"after")])

    assert everything(stream, parent) == [b"before"]
    assert not parent.is_open
    children = stream.children(parent.shard_id)
    assert [child.parents for child in children] == [(parent.shard_id,)] * 2
    assert after.shard_id in {child.shard_id for child in children}
    assert after.sequence_number > (parent.ends_at or 0) > before.sequence_number


def test_a_merge_gives_one_child_with_both_parents(stream: Stream) -> None:
    stream.merge("shardId-000000000001", "shardId-000000000000")
    (child,) = stream.children("shardId-000000000000")
    assert child.parents == ("shardId-000000000001", "shardId-000000000000")
    assert (child.first_hash_key, child.last_hash_key) == (0, HASH_KEYS // 2 - 1)
    assert len(stream.open_shards()) == 3


def test_shards_that_do_not_touch_are_not_merged(stream: Stream) -> None:
    with pytest.raises(InvalidArgumentError, match="not adjacent"):
        stream.merge("shardId-000000000000", "shardId-000000000002")


def test_a_closed_shard_is_not_split_again(stream: Stream) -> None:
    stream.split("shardId-000000000000", 5)
    with pytest.raises(ResourceInUseError, match="already been split"):
        stream.split("shardId-000000000000", 7)


@pytest.mark.parametrize("key", [0, HASH_KEYS // 4])
def test_a_split_must_leave_keys_on_both_sides(stream: Stream, key: int) -> None:
    with pytest.raises(InvalidArgumentError, match="not inside shard"):
        stream.split("shardId-000000000000", key)


@pytest.mark.parametrize("count", [1, 3, 4, 7, 16])
def test_resizing_gets_to_any_number_of_shards(stream: Stream, count: int) -> None:
    stream.resize(count)
    shards = stream.open_shards()
    assert len(shards) == count
    assert all(a.last_hash_key + 1 == b.first_hash_key for a, b in itertools.pairwise(shards))


def test_records_are_kept_for_the_retention_period(stream: Stream, clock: FakeClock) -> None:
    (old,) = stream.put([Entry("key", b"old")])
    clock.now += 24 * 3600 + 120
    stream.put([Entry("key", b"new")])
    assert everything(stream, stream.shard(old.shard_id)) == [b"new"]


def test_an_unknown_shard_is_named(stream: Stream) -> None:
    with pytest.raises(ResourceNotFoundError, match="shardId-9 in stream trades"):
        stream.shard("shardId-9")
