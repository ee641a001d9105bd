"""The seam behind the link: whatever takes the batches on their way to the stream."""

from collections.abc import Callable
from typing import Protocol

from coattail_runtime.link.batching import LineBatch


class Intake(Protocol):
    """Something that holds batches and brings them into the stream, each market's in the order they were put."""

    async def put(self, batch: LineBatch, accepted: Callable[[], None]) -> None:
        """Take the batch, waiting while there is no room; it is *held* when this returns.

        `accepted` is called once, from the event loop, when every line is in the stream; it must not block or raise.
        A `put` that is cancelled while it waits has taken nothing.
        """
        ...
