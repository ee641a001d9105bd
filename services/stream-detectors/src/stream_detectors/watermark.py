"""How far each exchange's time has come: no trade of an earlier time is waited for any more."""

from collections.abc import Mapping

import msgspec


class Shard(msgspec.Struct, frozen=True, order=True):
    """An exchange's trades in one shard of the stream."""

    exchange: str
    shard_id: str


class Reached(msgspec.Struct, frozen=True):
    """The latest event time of a shard (UTC, µs), and when it was last heard of (processing time, UTC, µs)."""

    shard: Shard
    event_time: int
    heard_at: int


class State(msgspec.Struct, frozen=True):
    """What `Watermarks` goes on from."""

    reached: tuple[Reached, ...] = ()
    marks: dict[str, int] = {}


class Watermarks:
    """Per exchange: the time of its slowest shard that is being heard of, less `lateness` (µs). It never goes back.

    Shards are read side by side and one may lie behind another, after a restart by hours: its trades are not late for that. One
    that is silent for `idle` µs is not waited for. Without news nothing moves: only trades say what time it is.
    """

    def __init__(self, lateness: int, idle: int) -> None:
        self._lateness = lateness
        self._idle = idle
        self._began: int | None = None
        self._reached: dict[Shard, Reached] = {}
        self._marks: dict[str, int] = {}

    def advance(self, times: Mapping[Shard, int], now: int) -> dict[str, int]:
        """Note the latest event times that a batch brought at `now`; returns exchange → watermark (UTC, µs)."""
        if times and self._began is None:
            self._began = now
        for shard, time in times.items():
            known = self._reached.get(shard)
            self._reached[shard] = Reached(shard, max(time, known.event_time) if known else time, now)
        # At the start, shards that have not been heard of may only be slower.
        if self._began is not None and now - self._began >= self._idle:
            for exchange in {shard.exchange for shard in self._reached}:
                self._marks[exchange] = max(self._marks.get(exchange, 0), self._time(exchange, now) - self._lateness)
        return dict(self._marks)

    def state(self) -> State:
        """What `restore` goes on from."""
        return State(tuple(sorted(self._reached.values(), key=lambda one: one.shard)), dict(self._marks))

    def restore(self, state: State, now: int) -> None:
        """Go on from `state`. Every shard is waited for anew: what it holds from before now is still to be read."""
        self._reached = {one.shard: msgspec.structs.replace(one, heard_at=now) for one in state.reached}
        self._marks = dict(state.marks)
        self._began = now if state.reached else None

    def _time(self, exchange: str, now: int) -> int:
        reached = [one for one in self._reached.values() if one.shard.exchange == exchange]
        heard = [one.event_time for one in reached if now - one.heard_at < self._idle]
        return min(heard) if heard else max(one.event_time for one in reached)
