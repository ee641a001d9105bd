"""The spool's segments in use: what is written, what is read back, what is deleted. The disk is used off the event loop."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from aws_lambda_powertools import Logger

from kinesis_writer.budget import ByteBudget
from kinesis_writer.spool.folder import Folder
from kinesis_writer.spool.frames import Damaged, Entry, Torn, Whole, scan
from kinesis_writer.spool.segment import Segment, SpooledBatch

_READ_BYTES: Final = 1024 * 1024


class SpoolDamagedError(Exception):
    """What this process wrote cannot be read back. Its connectors still have it: a restart sets it aside and asks them."""


class SegmentStore:
    """Segments in order, at most `max_bytes` together. Whole ones are deleted, and only when all in them is accepted."""

    def __init__(self, folder: Folder, *, max_bytes: int, segment_bytes: int, log: Logger) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._log = log
        self._segments = [Segment(number, size, scanned=False) for number, size in folder.segments()]
        self._next = self._segments[-1].number + 1 if self._segments else 0
        self._writing: Segment | None = None
        self.damaged = 0
        """Pieces found since the process began: set aside, or left where they were when the disk did not take them."""
        self.room = ByteBudget(max_bytes)
        self.room.used = self.bytes_found = sum(segment.size for segment in self._segments)

    @property
    def unread(self) -> bool:
        """Whether there is something only on disk, or may be."""
        return any(segment.unread or not segment.scanned for segment in self._segments)

    @property
    def oldest(self) -> float | None:
        """When the first of it was held that is not accepted, in seconds since the epoch, UTC."""
        return next((segment.oldest for segment in self._segments if segment.oldest is not None), None)

    async def write(self, batches: Sequence[SpooledBatch], frames: Sequence[bytes]) -> None:
        """Append the frames; the batches are on the disk when this returns.

        Raises `OSError`; what was written of them then is cut off, and nothing more is appended to that segment.
        """
        segment = await self._segment_to_write()
        assert segment.descriptor is not None  # noqa: S101  (it is the one that is appended to)
        segment.writing = True
        try:
            await asyncio.to_thread(self._folder.append, segment.descriptor, b"".join(frames))
        except OSError:
            with suppress(OSError):
                self._folder.cut(segment.number, segment.size)
            segment.writing = False
            self._seal()
            self._drop_if_finished(segment)
            raise
        for spooled, frame in zip(batches, frames, strict=True):
            segment.add(spooled, segment.size, len(frame))
            segment.size += len(frame)
        segment.writing = False

    async def read(self) -> list[tuple[SpooledBatch, Entry]]:
        """The next that are only on disk, in order; they stay unread until `loaded`. Raises `SpoolDamagedError`, `OSError`."""
        for segment in list(self._segments):
            if not segment.scanned:
                await self._scan(segment)
            if segment.unread:
                return await self._read(segment)
        return []

    def loaded(self, spooled: SpooledBatch) -> None:
        """Note that it is in memory too now. It must be the first of the unread: they are loaded in order."""
        assert spooled.segment is not None  # noqa: S101  (it was read from there)
        # Not within an assert: `python -O` leaves that out, and the batch would be read and sent again without end.
        first = spooled.segment.unread.popleft()
        assert first is spooled  # noqa: S101
        spooled.in_memory = True

    def accept(self, spooled: SpooledBatch) -> None:
        """It is in the stream."""
        assert spooled.segment is not None  # noqa: S101  (it is on disk)
        spooled.segment.close(spooled)
        self._drop_if_finished(spooled.segment)

    def close(self) -> None:
        """Nothing more is written; the segments stay."""
        if self._writing is not None and not self._writing.writing:  # a thread that still writes keeps its descriptor
            self._seal()

    async def _segment_to_write(self) -> Segment:
        if self._writing is not None and self._writing.size >= self._segment_bytes:
            self._seal()
        if self._writing is None:
            segment = Segment(self._next)
            self._next += 1
            segment.descriptor = await asyncio.to_thread(self._folder.create, segment.number)
            self._segments.append(segment)
            self._writing = segment
        return self._writing

    def _seal(self) -> None:
        if self._writing is not None and self._writing.descriptor is not None:
            os.close(self._writing.descriptor)
            self._writing.descriptor = None
        self._writing = None

    def _drop_if_finished(self, segment: Segment) -> None:
        if not segment.finished:
            return
        if segment is self._writing:
            self._seal()
        self._segments.remove(segment)
        with suppress(OSError):
            self._folder.remove(segment.number)
        self.room.release(segment.size)

    async def _scan(self, segment: Segment) -> None:
        """Learn what an earlier process wrote, set aside what is damaged, cut off what was torn."""
        try:
            content = await asyncio.to_thread(self._folder.read, segment.number)
        except OSError as error:
            self._keep(segment, "cannot read a segment of the spool", error)
            content = b""
        for part in scan(content):
            match part:
                case Whole():
                    segment.add(SpooledBatch(None, None, part.entry.held_at), part.offset, part.size)
                case Damaged():
                    await self._set_aside(segment, part, content[part.offset : part.offset + part.size])
                case Torn():
                    with suppress(OSError):  # then it is found again
                        await asyncio.to_thread(self._folder.cut, segment.number, part.offset)
                    self._log.warning(
                        "cut a record off the spool that was being written when the writer was killed; "
                        "it was never held, and its connector sends it again",
                        segment=segment.number,
                        offset=part.offset,
                        bytes=part.size,
                    )
        segment.scanned = True
        self._drop_if_finished(segment)

    async def _set_aside(self, segment: Segment, part: Damaged, content: bytes) -> None:
        try:
            if await asyncio.to_thread(self._folder.set_aside, segment.number, part.offset, content):
                self.damaged += 1
        except OSError as error:
            self._keep(segment, "cannot set a damaged record of the spool aside", error)
            return
        self._log.error(
            "set a damaged record of the spool aside; the others go on",
            segment=segment.number,
            offset=part.offset,
            bytes=part.size,
            folder=str(self._folder.path / "damaged"),
        )

    def _keep(self, segment: Segment, trouble: str, error: OSError) -> None:
        """Damage that this process can do nothing about does not stop what is whole."""
        segment.kept = True
        self.damaged += 1
        self._log.error(
            f"{trouble}; the file stays for the next start, the others go on", segment=segment.number, error=str(error)
        )

    async def _read(self, segment: Segment) -> list[tuple[SpooledBatch, Entry]]:
        run = segment.run(_READ_BYTES)
        first, last = run[0], run[-1]
        size = last.offset + last.size - first.offset
        content = await asyncio.to_thread(self._folder.read, segment.number, first.offset, size)
        entries = [part.entry for part in scan(content) if isinstance(part, Whole)]
        if len(entries) != len(run):
            problem = f"the spool's segment {segment.number} cannot be read back from byte {first.offset}"
            raise SpoolDamagedError(problem)
        return list(zip(run, entries, strict=True))
