"""The checkpoint: what the application knew when it landed, kept beside the tables and named by the commit that it belongs to.

`raw_trades` is the truth about how far the application has come. Each landing first writes a checkpoint, then appends to the side
tables, then to `raw_trades` with the checkpoint's name in the snapshot: that commit is the point of no return. After any crash the
application goes on from the newest named checkpoint: it reads the stream from there, and what it had detected after it is detected
again, with the same ids.
"""

import re
import uuid
from contextlib import suppress
from typing import Final, Self

import msgspec
from pyarrow import fs

from coattail_common.ids import Market, Ranges, size
from coattail_detectors.kernel.watermark import State
from stream_detectors.places import files_at
from stream_detectors.source.positions import Positions

PROPERTY: Final = "coattail.seal"
"""The snapshot property of `raw_trades` that names the checkpoint."""
POSITIONS: Final = "coattail.positions"
"""The snapshot property of `dq_rejects`: the stream positions up to which its refusals are landed."""
TAG: Final = "coattail-landed"
"""The tag on the newest snapshot of `raw_trades` that names a checkpoint: expiry leaves it."""
KEPT: Final = 5
"""How many older seals are kept, to go back to and to explain an accident."""


_NAME: Final = re.compile(r"[0-9]{20}-[0-9a-f]{8}\.json")


class MarketIds(msgspec.Struct, frozen=True):
    """The landed ids of a market."""

    market: Market
    ids: Ranges


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the stream the tables stand (`positions`), which ids they hold (`landed`), each module's own state and the
    settings it depends on, how far the exchanges' time had come then, the latest event time of each exchange (`newest`,
    UTC, µs), and when the oldest alert was detected that the bus had not taken (UTC, µs).

    A checkpoint of an earlier version lacks the later fields.
    """

    sealed_at: int
    positions: Positions = {}
    landed: tuple[MarketIds, ...] = ()
    modules: dict[str, msgspec.Raw] = {}
    watermarks: State = State()
    unsent_since: int | None = None
    depends_on: dict[str, msgspec.Raw] = {}
    newest: dict[str, int] = {}

    def seen_until(self) -> dict[str, int]:
        """Return the latest event time of each exchange among the trades before `positions` (UTC, µs)."""
        times = dict(self.newest)
        for one in self.watermarks.reached:  # all that a checkpoint without `newest` says of it
            times[one.shard.exchange] = max(one.event_time, times.get(one.shard.exchange, one.event_time))
        return times

    @property
    def rows(self) -> int:
        """How many trades it says are in the table."""
        return sum(size(one.ids) for one in self.landed)


class CheckpointDamagedError(RuntimeError):
    """The checkpoint that `raw_trades` names cannot be read; the message says what to do."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(
            f"the checkpoint {place}, which the newest snapshot of raw_trades names, {problem}; restore the file, or roll raw_trades "
            "back to a snapshot whose checkpoint is there: the trades after it are read again while the stream still has them"
        )


class CheckpointStore:
    """Seals as objects below a URI, `s3://bucket/prefix` or a folder."""

    def __init__(self, files: fs.FileSystem, root: str) -> None:
        self._files = files
        self._root = f"{root}/seals"

    @classmethod
    def at(cls, uri: str, region: str, endpoint: str | None) -> Self:
        """The store at the URI. `endpoint` stands in for AWS where it is given."""
        files, root = files_at(uri, region, endpoint)
        files.create_dir(f"{root}/seals", recursive=True)
        return cls(files, root)

    def put(self, checkpoint: Checkpoint) -> str:
        """Keep the checkpoint; return its name. Names ascend, whatever the clock does."""
        newest = max((int(name.partition("-")[0]) for name in self.names()), default=0)
        name = f"{max(checkpoint.sealed_at, newest + 1):020d}-{uuid.uuid4().hex[:8]}.json"
        with self._files.open_output_stream(f"{self._root}/{name}") as stream:
            stream.write(msgspec.json.encode(checkpoint))
        return name

    def names(self) -> list[str]:
        """Return the names of the seals that are kept, oldest first."""
        selector = fs.FileSelector(self._root, allow_not_found=True)
        return sorted(info.base_name for info in self._files.get_file_info(selector) if _NAME.fullmatch(info.base_name))

    def all(self) -> list[Checkpoint]:
        """Return the seals that are kept and can be read, oldest first: one of the others must not stand in their way."""
        seals: list[Checkpoint] = []
        for name in self.names():
            with suppress(CheckpointDamagedError):
                seals.append(self.get(name))
        return seals

    def find(self, name: str) -> Checkpoint | None:
        """Return the checkpoint of that name; None when it is not kept, or cannot be read."""
        with suppress(CheckpointDamagedError):
            return self.get(name)
        return None

    def get(self, name: str) -> Checkpoint:
        """Return the checkpoint of that name. Raises `CheckpointDamagedError` when it is missing or holds no checkpoint."""
        place = f"{self._root}/{name}"
        try:
            with self._files.open_input_stream(place) as stream:
                return msgspec.json.decode(stream.read(), type=Checkpoint)
        except FileNotFoundError as error:
            raise CheckpointDamagedError(place, "is missing") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise CheckpointDamagedError(place, f"is damaged ({error})") from error

    def prune(self, newest: str) -> None:
        """Remove all but `newest` and the few before it. Later ones, if any, belong to a landing that never was, and go too."""
        names = self.names()
        keep = {name for name in names if name <= newest}
        for name in set(names) - set(sorted(keep)[-KEPT - 1 :]):
            self._files.delete_file(f"{self._root}/{name}")
