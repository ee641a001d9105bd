"""The writer: takes batches or trades, and brings them into the stream, each market's in order."""

import asyncio
from collections.abc import Callable
from functools import partial
from math import isfinite
from random import Random
from types import TracebackType
from typing import Final, Self

from coattail_common.lines import split
from coattail_runtime.link import LineBatch, group, take
from coattail_runtime.sink import TradeQueue
from kinesis_writer.budget import ByteBudget
from kinesis_writer.lane import PendingRecord
from kinesis_writer.metrics import WriterMetrics
from kinesis_writer.reachability import Reachability
from kinesis_writer.schedule import Call, Schedule
from kinesis_writer.stream import PutRecords, StreamUnavailableError

_LINGER_SECONDS: Final = 0.02
_TRADES_AT_ONCE: Final = 5_000


class Writer:
    """An `Intake` for the link and a `TradeSink` for a connector in the same process; works while its context is open.

    Lines of a market are packed into records of `record_bytes`, or what there is after `record_age` seconds; a market
    that lags has larger ones (`lane.LAGGING`). At most `max_calls` calls are under way, and at most about `max_bytes`
    of lines are held: `put` waits beyond that. What the stream refuses is put again without limit.
    """

    def __init__(
        self,
        put_records: PutRecords,
        reachability: Reachability,
        *,
        record_bytes: int = 50_000,
        record_age: float = 0.02,
        max_bytes: int = 64 * 1024 * 1024,
        max_calls: int = 4,
        random: Random | None = None,
        on_accepted: Callable[[LineBatch], None] | None = None,
    ) -> None:
        self._put_records = put_records
        self._reachability = reachability
        self._record_bytes = record_bytes
        self._on_accepted = on_accepted
        self._schedule = Schedule(record_bytes=record_bytes, record_age=record_age, random=random or Random())  # noqa: S311
        self._budget = ByteBudget(max_bytes)
        self._free_calls = asyncio.Semaphore(max_calls)
        self._changed = asyncio.Event()
        self._settled = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._dispatching: asyncio.Task[None] | None = None
        self.metrics = WriterMetrics(record_bytes)

    @property
    def held_bytes(self) -> int:
        """Bytes of lines that are held and not accepted."""
        return self._budget.used

    @property
    def max_bytes(self) -> int:
        """The most that `held_bytes` should be."""
        return self._budget.limit

    def has_room(self, size: int) -> bool:
        """Whether `put` would take a batch of so many bytes without waiting."""
        return self._budget.fits(size)

    def oldest_seconds(self) -> float:
        """How long the oldest line has been held; 0 when there is none."""
        oldest = self._schedule.oldest
        return self._now() - oldest if isfinite(oldest) else 0.0

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._dispatching = self._tasks.create_task(self._dispatch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End at once; what is held and not accepted is forgotten here (`flush` first)."""
        assert self._dispatching is not None  # noqa: S101  (the context is open)
        self._dispatching.cancel()
        await self._tasks.__aexit__(kind, error, trace)

    async def put(self, batch: LineBatch, accepted: Callable[[], None]) -> None:
        """See `Intake.put`."""
        await self._budget.acquire(sum(len(part) for part in split(batch.lines, self._record_bytes)))
        self._schedule.add(batch, accepted, self._now())
        self._changed.set()

    async def drain(self, queue: TradeQueue) -> None:
        """See `TradeSink.drain`. Calls `on_accepted` with each batch that the stream has accepted, in order per market."""
        outstanding = 0
        done = asyncio.Event()

        def accepted(batch: LineBatch) -> None:
            nonlocal outstanding
            outstanding -= 1
            if self._on_accepted is not None:
                self._on_accepted(batch)
            done.set()

        while trades := await take(queue, linger=_LINGER_SECONDS, limit=_TRADES_AT_ONCE):
            for batch in group(trades, self._record_bytes):
                outstanding += 1
                await self.put(batch, partial(accepted, batch))
        while outstanding:
            done.clear()
            await done.wait()

    async def flush(self) -> None:
        """Send what there is without waiting for more; returns when everything held is accepted."""
        self._schedule.flush = True
        self._changed.set()
        while not self._schedule.empty:
            self._settled.clear()
            await self._settled.wait()

    async def _dispatch(self) -> None:
        async with asyncio.TaskGroup() as calls:
            while True:
                await self._free_calls.acquire()
                calls.create_task(self._make(await self._next_call()))

    async def _next_call(self) -> Call:
        while (call := self._schedule.next_call(self._now())) is None:
            due = self._schedule.due()
            self._changed.clear()
            try:
                async with asyncio.timeout_at(due if isfinite(due) else None):
                    await self._changed.wait()
            except TimeoutError:
                continue
        return call

    async def _make(self, call: Call) -> None:
        try:
            answer = await self._put_records(call.records)
        except StreamUnavailableError as error:
            self._reachability.down(str(error))
            self._schedule.fail(call, self._now())
            self.metrics.retries += len(call.pending)
        else:
            self._reachability.up()
            refused = sum(refusal is not None for refusal in answer)
            self.metrics.refused += refused
            self.metrics.retries += refused
            for pending in self._schedule.settle(call, answer, self._now()):
                self._forget(pending)
        self._free_calls.release()
        self._changed.set()
        self._settled.set()

    def _forget(self, pending: PendingRecord) -> None:
        self.metrics.records += 1
        self.metrics.trades += pending.count
        self.metrics.bytes += len(pending.record.payload)
        self._budget.release(pending.held_bytes)
        for chunk in pending.chunks:
            if chunk.accepted is not None:
                chunk.accepted()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
