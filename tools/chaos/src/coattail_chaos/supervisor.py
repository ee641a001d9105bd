"""The services that are broken: each is started again at once, its crashes are counted, and its log is read."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from coattail_chaos.errors import ChaosError
from coattail_harness.processes import Command, Supervisor
from coattail_harness.waiting import until

_AGAIN_SECONDS: Final = 0.2
_UP_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 40.0
_MOST_OF_AN_ERROR: Final = 300
_ANNOUNCEMENTS: Final = ("serving", "started")
_UNBEARABLE: Final = 10
"""Crashes after which a service is not started again."""
_SETTINGS: Final = ("INGEST_", "KINESIS_WRITER_", "EXCHANGE_SIMULATOR_", "STREAM_DETECTORS_", "AWS_")
"""What the names of settings of services begin with."""


class Announcement(msgspec.Struct, frozen=True):
    """The line of its log with which a service says where it listens. Other lines have other messages, and may be of an error."""

    message: str = ""
    level: str = ""
    error: Any = None
    link_port: int | None = None
    health_port: int | None = None


class Service(Supervisor):
    """A service. `crashes` are the ends nobody ordered; `said` counts the lines of its log by their message."""

    def __init__(
        self, name: str, command: Callable[[], Command], log: Path, *, stop_seconds: float = _STOP_SECONDS
    ) -> None:
        """`stop_seconds`: how long it may take to end when it is asked to."""
        super().__init__(
            name, command, log, hear=self._heard, restart_seconds=_AGAIN_SECONDS, stop_seconds=stop_seconds
        )
        self.said: Counter[str] = Counter()
        self.crashes: list[str] = []
        self.announced: Announcement | None = None
        """What the present process said when it was ready to work; `None` until then."""
        self._last_line = ""
        self._last_error = ""

    async def up(self) -> None:
        """Wait until it works. Raises `HarnessError` when it does not."""
        await until(lambda: self.announced is not None, f"{self.name} works; its log is {self.log}", _UP_SECONDS)

    async def replace(self) -> None:
        """SIGTERM, and wait for the next process to work."""
        before = self.starts
        if self._end(signal.SIGTERM):
            await until(lambda: self.starts > before, f"{self.name} ended; its log is {self.log}", self.stop_seconds)
        await self.up()

    async def start(self) -> None:
        """See `Supervisor.start`. Raises `ChaosError`."""
        self._last_error = ""
        try:
            await super().start()
        except OSError as error:
            raise ChaosError(f"{self.name} cannot be started: {error}") from error

    def ended(self, code: int, *, ordered: bool) -> None:
        """Count a crash. Raises `ChaosError` at the tenth."""
        self.announced = None
        if ordered:
            return
        self.crashes.append(f"{self.name} ended with {code}: {self._last_error or self._last_line}")
        if len(self.crashes) >= _UNBEARABLE:
            raise ChaosError(f"{self.crashes[-1]}; its log is {self.log}")

    def inherited(self) -> Mapping[str, str]:
        """Return our environment without the settings of services that it may hold."""
        return {
            name: value for name, value in os.environ.items() if name != "SYMBOLS" and not name.startswith(_SETTINGS)
        }

    def _heard(self, line: bytes) -> None:
        try:
            said = msgspec.json.decode(line, type=Announcement)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._last_line = line.decode(errors="replace").strip() or self._last_line
            return
        if said.message:
            self.said[said.message] += 1
            self._last_line = said.message
        if said.level == "ERROR":
            self._last_error = " ".join(f"{said.message}: {said.error}".split())[:_MOST_OF_AN_ERROR]
        if said.message in _ANNOUNCEMENTS and said.health_port:
            self.announced = said

    def _end(self, number: signal.Signals) -> bool:
        ended = super()._end(number)
        if ended:
            self.announced = None
        return ended
