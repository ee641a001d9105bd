"""What the writer knows of the producers it has heard: how far each one's batches are held and accepted."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Final

from coattail_common.lines import SEPARATOR
from coattail_runtime.link.batching import LineBatch
from coattail_runtime.link.cumulative import Cumulative
from coattail_runtime.link.frames import Batch, FrameError
from coattail_runtime.link.intake import Intake

_MOST_REMEMBERED: Final = 256


class Producer:
    """One process of a producer, across its connections. Its batches are taken by one task at a time."""

    def __init__(self) -> None:
        self.held = 0
        """Every batch up to this number is held or accepted."""
        self.changed = asyncio.Event()
        """Set when `held` or `accepted` has moved."""
        self._accepted = Cumulative()
        self._taker: asyncio.Task[str] | None = None

    @property
    def accepted(self) -> int:
        """Every batch up to this number is accepted."""
        return self._accepted.value

    @property
    def forgettable(self) -> bool:
        """Whether nothing is lost by forgetting it."""
        return (self._taker is None or self._taker.done()) and self.accepted == self.held

    async def claim(self, taker: Callable[[], asyncio.Task[str]]) -> asyncio.Task[str]:
        """Start the task that takes batches from now on, once the previous one has ended: a newer connection wins."""
        while self._taker is not None and not self._taker.done():
            self._taker.cancel()
            await asyncio.wait({self._taker})
        self._taker = taker()
        return self._taker

    async def take(self, batch: Batch, intake: Intake) -> None:
        """Put the batch, unless it is held already. Raises `FrameError` when it is not the next one.

        A producer this writer does not know may begin at any number: what came before was accepted by another writer.
        """
        lines_there = batch.lines.count(SEPARATOR) + 1
        if batch.count != lines_there:
            problem = f"batch {batch.seq} says it has {batch.count} lines and has {lines_there}"
            raise FrameError(problem)
        if self.held == 0:
            self.held = batch.seq - 1
            self._accepted = Cumulative(start=batch.seq - 1)
        if batch.seq <= self.held:
            return
        if batch.seq != self.held + 1:
            problem = f"batch {batch.seq} came after batch {self.held}"
            raise FrameError(problem)
        lines = LineBatch(batch.source, batch.key, batch.count, batch.lines)
        await intake.put(lines, partial(self._accept, batch.seq))
        self.held = batch.seq
        self.changed.set()

    def _accept(self, seq: int) -> None:
        if self._accepted.complete(seq):
            self.changed.set()


class Producers:
    """The producers by name and session. Of those with nothing under way, the longest unheard are forgotten first."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], Producer] = OrderedDict()

    def get(self, name: str, session: str) -> Producer:
        """The producer's state, new when it is not known."""
        key = (name, session)
        producer = self._known.setdefault(key, Producer())
        self._known.move_to_end(key)
        if len(self._known) > _MOST_REMEMBERED:
            self._forget()
        return producer

    def _forget(self) -> None:
        *others, _ = self._known.items()
        for key, producer in others:
            if producer.forgettable:
                del self._known[key]
                return
