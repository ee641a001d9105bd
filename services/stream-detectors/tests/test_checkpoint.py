"""Seals in a folder: what is put is got, what is damaged is named, and only old ones and those of no landing are removed."""

from pathlib import Path

import msgspec
import pytest
from pyarrow import fs

from coattail_common.ids import IdRange, Market
from coattail_detectors.kernel.watermark import State
from stream_detectors.checkpoint import KEPT, Checkpoint, CheckpointDamagedError, CheckpointStore, MarketIds

NOW = 1_767_225_600_000_000


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    return CheckpointStore.at(tmp_path.as_uri(), "us-west-2", None)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "seals").iterdir())


def put(store: CheckpointStore, *times: int) -> list[str]:
    return [store.put(Checkpoint(sealed_at=NOW + at)) for at in times]


def test_seal_is_got_as_it_was_put(store: CheckpointStore) -> None:
    checkpoint = Checkpoint(
        sealed_at=NOW,
        positions={"shardId-000000000000": "4959"},
        landed=(MarketIds(Market("binance", "BTC-USDT"), (IdRange(1, 5), IdRange(7, 9))),),
        modules={"MOD-001": msgspec.Raw(b'{"a":[1]}')},
        watermarks=State(),
    )

    assert store.get(store.put(checkpoint)) == checkpoint


def test_seal_names_ascend_with_time_and_differ_within_a_microsecond(store: CheckpointStore) -> None:
    """A landing that failed and its successor may checkpoint at the same time."""
    earlier, one, other, later = put(store, -1, 0, 0, 10**15)

    assert earlier < min(one, other)
    assert max(one, other) < later
    assert one != other


@pytest.mark.parametrize("newest", [0, 1, KEPT - 1, KEPT, KEPT + 1, KEPT + 3])
def test_prune_keeps_the_newest_and_those_before_it(store: CheckpointStore, tmp_path: Path, newest: int) -> None:
    """Of the seals up to the newest `KEPT + 1` stay; those after it belong to landings that never were."""
    written = put(store, *range(KEPT + 4))

    store.prune(written[newest])

    assert names(tmp_path) == written[max(0, newest - KEPT) : newest + 1]


def test_prune_again_removes_nothing(store: CheckpointStore, tmp_path: Path) -> None:
    written = put(store, *range(KEPT + 4))

    store.prune(written[-1])
    store.prune(written[-1])

    assert names(tmp_path) == written[-KEPT - 1 :]
    assert store.get(written[-1]).sealed_at == NOW + KEPT + 3


def test_prune_leaves_what_is_no_seal(store: CheckpointStore, tmp_path: Path) -> None:
    written = put(store, *range(KEPT + 2))
    (tmp_path / "seals" / "00000000000000000000-note.txt").write_text("mine")

    store.prune(written[-1])

    assert names(tmp_path) == ["00000000000000000000-note.txt", *written[1:]]


def test_prune_of_a_folder_that_is_gone_does_nothing(tmp_path: Path) -> None:
    CheckpointStore(fs.LocalFileSystem(), str(tmp_path / "nowhere")).prune("any.json")

    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"null", b'{"positions":{}}', b'{"sealed_at":"soon"}'], ids=repr
)
def test_seal_damaged_is_named_with_what_to_do(store: CheckpointStore, tmp_path: Path, content: bytes) -> None:
    (name,) = put(store, 0)
    (tmp_path / "seals" / name).write_bytes(content)

    with pytest.raises(
        CheckpointDamagedError, match=f"{name}, .* is damaged .*; restore the file, or roll raw_trades back"
    ):
        store.get(name)


def test_seal_missing_is_named_with_what_to_do(store: CheckpointStore) -> None:
    with pytest.raises(CheckpointDamagedError, match=r"seals/gone\.json, .* is missing; restore the file"):
        store.get("gone.json")


def test_seals_that_can_be_read_are_found_beside_a_damaged_one(store: CheckpointStore, tmp_path: Path) -> None:
    """After compaction any kept checkpoint that fits the rows will do: a damaged one must not stand in the way of the others."""
    first, second, third = put(store, 1, 2, 3)
    (tmp_path / "seals" / second).write_bytes(b"{")

    assert [checkpoint.sealed_at - NOW for checkpoint in store.all()] == [1, 3]
    assert [store.find(name) is not None for name in (first, second, third, "gone.json")] == [True, False, True, False]


def test_seal_names_ascend_although_the_clock_steps_back(store: CheckpointStore, tmp_path: Path) -> None:
    written = put(store, 20, 10, 15)
    store.prune(written[-1])

    assert written == sorted(written) == names(tmp_path)
