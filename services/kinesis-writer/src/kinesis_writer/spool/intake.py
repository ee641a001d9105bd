"""The intake before the writer that goes on holding when memory is full: on disk, in order, until it is in the stream.

While everything fits into memory the disk is not touched. The first batch that does not fit begins a *spill*: what is in
memory is copied to the disk first, then this batch and every later one go there, and they come back in that order. The spill
ends when all of it is in memory again. So what is on disk is never newer than something that is in memory only, and a
market's order holds when the process is killed at any time: the spool is replayed first, and what connectors send again
comes behind it.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Final, Self

from aws_lambda_powertools import Logger

from coattail_runtime.link import LineBatch
from kinesis_writer.spool.folder import Folder
from kinesis_writer.spool.frames import encode
from kinesis_writer.spool.segment import SpooledBatch
from kinesis_writer.spool.segment_store import SegmentStore
from kinesis_writer.writer import Writer

_GROUP_BYTES: Final = 1024 * 1024
_SEGMENTS: Final = 16
_MOST_SEGMENT_BYTES: Final = 8 * 1024 * 1024
_AGAIN_SECONDS: Final = 1.0


class SpooledIntake:
    """An `Intake` that puts into `writer`, and on disk what the writer has no room for; works while its context is open.

    The spool has at most `max_bytes`; when it is full, `put` waits. What an earlier process left in the folder is sent
    first. `clock` gives seconds since the epoch.
    """

    def __init__(
        self, folder: Folder, writer: Writer, *, max_bytes: int, log: Logger, clock: Callable[[], float] = time.time
    ) -> None:
        self._writer = writer
        self._log = log
        self._clock = clock
        segment_bytes = min(_MOST_SEGMENT_BYTES, max_bytes // _SEGMENTS)
        self._store = SegmentStore(folder, max_bytes=max_bytes, segment_bytes=segment_bytes, log=log)
        self._only_in_memory: dict[SpooledBatch, None] = {}
        self._to_write: deque[SpooledBatch] = deque()
        self._written: dict[SpooledBatch, asyncio.Future[None]] = {}
        self._new_on_disk = 0
        self._queued = asyncio.Event()
        self._moved = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._running: list[asyncio.Task[None]] = []
        self._disk_told = False
        self._was_spooling = False

    @property
    def spooling(self) -> bool:
        """Whether something is held that is not in memory."""
        return self._new_on_disk > 0 or self._store.unread

    @property
    def full(self) -> bool:
        """Whether a batch waits for room on the disk, or for a disk that can be written to."""
        return self._disk_told or self._store.room.waiting

    @property
    def stored_bytes(self) -> int:
        """Bytes in the spool."""
        return self._store.room.used

    @property
    def max_bytes(self) -> int:
        """The most that `stored_bytes` should be."""
        return self._store.room.limit

    @property
    def damaged(self) -> int:
        """Damaged pieces that were set aside since the process began."""
        return self._store.damaged

    def oldest_seconds(self) -> float:
        """How long the oldest batch has been held, by this process or an earlier one; 0 when there is none."""
        oldest = self._store.oldest
        on_disk = 0.0 if oldest is None else self._clock() - oldest
        return max(on_disk, self._writer.oldest_seconds())

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        if self._store.bytes_found:
            self._log.info("sending what is in the spool", bytes=self._store.bytes_found)
        self._running = [self._tasks.create_task(self._write()), self._tasks.create_task(self._load())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End at once; what is on the disk stays there (`flush` or `keep` first)."""
        for task in self._running:
            task.cancel()
        try:
            await self._tasks.__aexit__(kind, error, trace)
        finally:
            self._store.close()

    async def put(self, batch: LineBatch, accepted: Callable[[], None]) -> None:
        """See `Intake.put`. What is cancelled while it is being written may come into the stream, untold."""
        spooled = SpooledBatch(batch, accepted, self._clock())
        if not self.spooling:
            if self._writer.has_room(len(batch.lines)):
                self._only_in_memory[spooled] = None
                spooled.in_memory = True
                await self._writer.put(batch, partial(self._accept, spooled))
                return
            self._copy_memory()
            self._tell_begin()
        self._new_on_disk += 1
        written = self._queue(spooled)
        try:
            await asyncio.shield(written)
        except asyncio.CancelledError:
            self._give_up(spooled)
            raise

    async def flush(self) -> None:
        """Send without waiting for more; returns when everything held, in memory and on disk, is accepted."""
        while True:
            await self._writer.flush()
            if not self.spooling:
                return
            self._moved.clear()
            await self._moved.wait()

    async def keep(self) -> None:
        """Bring what is only in memory to the disk."""
        self._copy_memory()
        if self._written:
            await asyncio.wait(self._written.values())

    def _copy_memory(self) -> None:
        for spooled in self._only_in_memory:
            self._queue(spooled)
        self._only_in_memory.clear()

    def _queue(self, spooled: SpooledBatch) -> asyncio.Future[None]:
        written = self._written[spooled] = asyncio.get_running_loop().create_future()
        self._to_write.append(spooled)
        self._queued.set()
        return written

    def _give_up(self, spooled: SpooledBatch) -> None:
        """Forget a batch whose caller does not wait for it any more."""
        spooled.accepted = None
        with suppress(ValueError):
            self._to_write.remove(spooled)
            del self._written[spooled]
            self._new_on_disk -= 1
            self._moved.set()

    async def _write(self) -> None:
        while True:
            while not self._to_write:
                self._disk_told = False  # whether it is still as it was is not known before it is needed
                self._queued.clear()
                await self._queued.wait()
            await self._write_group(await self._next_group())
            self._moved.set()

    async def _next_group(self) -> dict[SpooledBatch, bytes]:
        """What is written with one wait for the disk, when there is room for it; each with its frame."""
        group: dict[SpooledBatch, bytes] = {}
        size = 0
        while self._to_write and size < _GROUP_BYTES:
            spooled = self._to_write[0]
            if spooled.done:
                self._to_write.popleft()
                self._written.pop(spooled).set_result(None)
                continue
            assert spooled.batch is not None  # noqa: S101  (it is not on disk)
            frame = encode(spooled.batch, spooled.held_at)
            if group and not self._store.room.fits(len(frame)):
                break
            self._to_write.popleft()
            await self._store.room.acquire(len(frame))
            group[spooled] = frame
            size += len(frame)
        return group

    async def _write_group(self, group: dict[SpooledBatch, bytes]) -> None:
        """Write the group. While the disk takes nothing, what memory has room for does not wait for it."""
        while group:
            try:
                await self._store.write(list(group), list(group.values()))
            except OSError as error:
                if not self._disk_told:
                    self._log.error("the spool cannot be written; connectors wait until it can", error=str(error))
                self._disk_told = True
                await self._do_without_disk(group)
            else:
                self._disk_told = False
                for spooled in group:
                    if not spooled.in_memory:
                        self._new_on_disk -= 1
                    elif spooled.done:
                        self._store.accept(spooled)
                    self._written.pop(spooled).set_result(None)
                return

    async def _do_without_disk(self, group: dict[SpooledBatch, bytes]) -> None:
        """Until the disk is to be tried again, bring the group into memory, in order and as room there allows.

        It stays the next to be written until it is in the stream, so that nothing newer than it comes to the disk before it.
        """
        again = asyncio.get_running_loop().time() + _AGAIN_SECONDS
        with suppress(TimeoutError):
            while True:
                await self._into_memory(group)
                for spooled in [one for one in group if one.done]:
                    self._store.room.release(len(group.pop(spooled)))
                    self._written.pop(spooled).set_result(None)
                if not group:
                    return
                self._moved.clear()
                async with asyncio.timeout_at(again):
                    await self._moved.wait()

    async def _into_memory(self, group: dict[SpooledBatch, bytes]) -> None:
        """As many of the group as there is room for, behind everything on the disk."""
        if self._store.unread:
            return
        for spooled in group:
            if spooled.in_memory:
                continue
            assert spooled.batch is not None  # noqa: S101  (it is not on disk)
            if not self._writer.has_room(len(spooled.batch.lines)):
                return
            spooled.in_memory = True
            await self._writer.put(spooled.batch, partial(self._accept, spooled))
            self._new_on_disk -= 1
            self._written[spooled].set_result(None)
            self._written[spooled] = asyncio.get_running_loop().create_future()

    async def _load(self) -> None:
        """Bring what is only on disk into memory, in order, as room there allows."""
        while True:
            for spooled, entry in await self._store.read():
                await self._writer.put(entry.batch, partial(self._accept, spooled))
                self._store.loaded(spooled)
            if not self._store.unread:
                self._moved.set()
                self._tell_end()
                await self._until_more()

    async def _until_more(self) -> None:
        while not self._store.unread:
            self._moved.clear()
            await self._moved.wait()

    def _accept(self, spooled: SpooledBatch) -> None:
        spooled.done = True
        self._only_in_memory.pop(spooled, None)
        if spooled.segment is not None:
            self._store.accept(spooled)
        if spooled.accepted is not None:
            spooled.accepted()
        if self._disk_told:
            self._moved.set()

    def _tell_begin(self) -> None:
        if not self._was_spooling:
            self._was_spooling = True
            self._log.warning("memory is full; trades go to the spool", held_bytes=self._writer.held_bytes)

    def _tell_end(self) -> None:
        if self._was_spooling and not self.spooling:
            self._was_spooling = False
            self._log.info("everything in the spool is in memory again", spool_bytes=self.stored_bytes)
