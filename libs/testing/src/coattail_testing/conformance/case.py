"""A case of the suite, and how it fails."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from coattail_testing.conformance.stage import Stage, Subject

type Play = Callable[[Stage], Awaitable[None]]
"""Plays a case on a stage; its docstring says what is asked."""


class NonConformanceError(AssertionError):
    """The connector breaks a rule. The text says which, and what was seen."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that connectors keep, and the scene that shows it. `seconds` is how long all of it may take.

    `heartbeat` is the pace (seconds) at which an exchange that tells its latest trades does so; `life` the age (seconds) at which
    a connection is to be followed by another.
    """

    id: str
    title: str
    play: Play
    seconds: float = 10
    heartbeat: float = 0.05
    queue_size: int = 10_000
    life: float | None = None
    quick_to_suspect: bool = False
    needs_announcement: bool = False

    def applies(self, subject: Subject) -> bool:
        """Whether the exchange does what the case is about."""
        return subject.announces_end or not self.needs_announcement

    async def run(self, subject: Subject) -> None:
        """Play it. Raises `NonConformanceError`, which names the case."""
        async with subject.exchange(self.heartbeat) as exchange:
            stage = Stage(
                subject, exchange, queue_size=self.queue_size, quick_to_suspect=self.quick_to_suspect, life=self.life
            )
            try:
                async with asyncio.timeout(self.seconds):
                    await self.play(stage)
            except TimeoutError as error:
                message = f"{self.id} {self.title}: not within {self.seconds:g} s: {stage.awaited}; {stage.seen()}"
                raise NonConformanceError(message) from error
            except AssertionError as error:
                message = f"{self.id} {self.title}: {error}; {stage.seen()}"
                raise NonConformanceError(message) from error
            finally:
                await stage.end()
