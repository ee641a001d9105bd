"""The demo's own processes: on record, started again when they die, and given up when that does not help."""

from pathlib import Path
from typing import Final

from coattail_demo.errors import ConfigurationError, DemoError
from coattail_demo.leftovers import ProcessRecord
from coattail_harness import processes
from coattail_harness.processes import Say, Supervisor, exit_text

CONFIGURATION_EXIT: Final = 2
"""What our processes exit with when they are configured wrongly: starting them again would not help."""
_IMPATIENT_SECONDS: Final = 5.0
_TOLERATED_RESTARTS: Final = 10


class Command(processes.Command, frozen=True, kw_only=True):
    """What to run, under which name, where its output goes, and whether it is started again."""

    name: str
    log: Path
    restarts: bool = True


class Service(Supervisor):
    """A process of the demo. It counts its `restarts`. Raises `DemoError` when they do not help."""

    def __init__(self, command: Command, record: ProcessRecord, say: Say, *, grace: float = 35) -> None:
        """`grace`: seconds that it has to end."""
        super().__init__(command.name, lambda: command, command.log, stop_seconds=grace)
        self.restarts = 0
        self._restartable = command.restarts
        self._record = record
        self._say = say

    async def start(self) -> None:
        """See `Supervisor.start`."""
        await super().start()
        if self.pid is not None:
            self._record.add(self.pid)

    def ended(self, code: int, *, ordered: bool) -> None:
        """See `Supervisor.ended`."""
        if ordered or self.stopping:
            return
        if code == CONFIGURATION_EXIT or not self._restartable or self.restarts >= _TOLERATED_RESTARTS:
            raise self.failure(code)
        self.restarts += 1
        self._say(f"{self.name} died ({exit_text(code)}); starting it again")

    def failure(self, code: int) -> DemoError:
        """See `Supervisor.failure`."""
        kind = ConfigurationError if code == CONFIGURATION_EXIT else DemoError
        return kind(str(super().failure(code)))

    def abandon(self) -> None:
        """Let it end in order, in a few seconds: what it has read is still sent."""
        self.stop_seconds = min(self.stop_seconds, _IMPATIENT_SECONDS)

    async def stop(self) -> None:
        """End it in order, and by SIGKILL when that takes longer than its grace."""
        try:
            await super().stop()
        except TimeoutError:
            self._say(f"{self.name} did not end within {self.stop_seconds:.0f} s and was killed; its log is {self.log}")
