"""How far each exchange's time has come: no trade of an earlier time is waited for any more."""

from collections.abc import Mapping

import msgspec


class Shard(msgspec.Struct, frozen=True, order=True):
    """An exchange's trades in one shard of the stream."""

    exchange: str
    shard_id: str


class Reached(msgspec.Struct, frozen=True):
    """The latest event time of a shard (UTC, µs), and when its last trade came (processing time, UTC, µs)."""

    shard: Shard
    event_time: int
    heard_at: int


class State(msgspec.Struct, frozen=True):
    """What `Watermarks` goes on from."""

    reached: tuple[Reached, ...] = ()
    marks: dict[str, int] = {}


class Watermarks:
    """Per exchange: the time of its slowest shard that may still hold trades of it, less `lateness` (µs). It never goes back.

    Shards are read side by side and one may lie behind another, after an outage by hours: its trades are not late for that. An exchange
    is idle in a shard when the shard was seen to its end `idle` µs after the exchange's last trade came there: a shard that waits behind
    a backlog is not idle, however long it is silent. While any shard has a backlog, every exchange waits for the slowest of all, so that
    what compares exchanges compares the same time. Without news nothing moves: only trades say what time it is.
    """

    def __init__(self, lateness: int, idle: int) -> None:
        self._lateness = lateness
        self._idle = idle
        self._began: int | None = None
        self._reached: dict[Shard, Reached] = {}
        self._marks: dict[str, int] = {}

    def advance(
        self, times: Mapping[Shard, int], now: int, seen: Mapping[str, int | None] | None = None
    ) -> dict[str, int]:
        """Note the latest event times that a batch brought at `now`; return exchange → watermark (UTC, µs).

        `seen`: every shard of the stream, with the time until which everything in it is seen, None where it never was. Without it
        everything is seen until now, as where all that there is lies in one place.
        """
        if times and self._began is None:
            self._began = now
        for shard, time in times.items():
            known = self._reached.get(shard)
            self._reached[shard] = Reached(shard, max(time, known.event_time) if known else time, now)
        # At the start, shards without a trade so far may only be slower.
        if self._began is not None and now - self._began >= self._idle:
            for exchange in {shard.exchange for shard in self._reached}:
                reached = self._time(exchange, now, seen)
                if reached is not None:
                    self._marks[exchange] = max(self._marks.get(exchange, 0), reached - self._lateness)
        return dict(self._marks)

    def state(self) -> State:
        """Return what `restore` goes on from."""
        return State(tuple(sorted(self._reached.values(), key=lambda one: one.shard)), dict(self._marks))

    def restore(self, state: State, now: int) -> None:
        """Go on from `state`. Wait for every shard as if its last trade came now: older trades in it are still to be read."""
        self._reached = {one.shard: msgspec.structs.replace(one, heard_at=now) for one in state.reached}
        self._marks = dict(state.marks)
        self._began = now if state.reached else None

    def _time(self, exchange: str, now: int, seen: Mapping[str, int | None] | None) -> int | None:
        """The exchange's time; None while a shard that was never seen to its end may hold any of its trades."""
        reached = [one for one in self._reached.values() if one.shard.exchange == exchange]
        if seen is not None and any(until is None or now - until > self._idle for until in seen.values()):
            reached = [*self._reached.values()]
        waited = [one.event_time for one in reached if not self._is_idle(one, now, seen)]
        if seen is not None:
            heard = {one.shard.shard_id for one in reached}
            for shard_id in (one for one, until in seen.items() if until is None and one not in heard):
                # The exchange may come up in it at any time from that of its other trades on.
                others = [one.event_time for one in self._reached.values() if one.shard.shard_id == shard_id]
                if not others:
                    return None
                waited.append(min(others))
        return min(waited) if waited else max((one.event_time for one in reached), default=None)

    def _is_idle(self, one: Reached, now: int, seen: Mapping[str, int | None] | None) -> bool:
        # A shard that the stream has no longer has been read out, and expired.
        until = now if seen is None else seen.get(one.shard.shard_id, now)
        return until is not None and min(until, now) - one.heard_at >= self._idle
