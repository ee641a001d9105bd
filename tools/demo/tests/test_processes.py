"""Processes that die, that were configured wrongly, that will not end."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from coattail_demo.errors import ConfigurationError, DemoError
from coattail_demo.leftovers import ProcessRecord
from coattail_demo.processes import Command, Service
from coattail_harness.processes import kept
from coattail_harness.waiting import until

FOREVER = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {FOREVER}"


class Stage:
    """Where a test's processes run."""

    def __init__(self, folder: Path) -> None:
        self.said: list[str] = []
        self.record = ProcessRecord(folder / "processes.json")
        self._log = folder / "logs" / "it.log"

    def command(self, program: str, *, announces: bool = False, restarts: bool = True) -> Command:
        words = (sys.executable, "-c", program)
        return Command(name="it", words=words, log=self._log, announces=announces, restarts=restarts)

    def service(self, program: str, *, restarts: bool = True, grace: float = 35) -> Service:
        return Service(self.command(program, restarts=restarts), self.record, self.said.append, grace=grace)

    async def has_started(self, times: int = 1) -> None:
        async def logged() -> bool:
            return self._log.exists() and self._log.read_text().count("up") >= times

        async with asyncio.timeout(60):
            await until(logged, every=0.02)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


async def test_a_killed_process_is_started_again(stage: Stage) -> None:
    async with (
        asyncio.TaskGroup() as group,
        kept(stage.service(FOREVER), group) as service,
    ):
        await stage.has_started()
        first = service.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await stage.has_started(times=2)
        assert service.pid != first
        assert service.restarts == 1
    assert service.pid is None
    assert stage.said == ["it died (killed by SIGKILL); starting it again"]


async def test_one_that_is_configured_wrongly_ends_everything_with_its_own_words(stage: Stage) -> None:
    program = "import sys; sys.stderr.write('configuration: rate: too much\\n'); sys.exit(2)"
    with pytest.RaisesGroup(
        pytest.RaisesExc(ConfigurationError, match=r"^it ended \(exit code 2\): configuration: rate: too much$")
    ):
        async with (
            asyncio.TaskGroup() as group,
            kept(stage.service(program), group),
        ):
            await asyncio.Event().wait()


async def test_one_that_is_not_to_be_started_again_ends_everything(stage: Stage) -> None:
    with pytest.RaisesGroup(pytest.RaisesExc(DemoError, match="exit code 7")):
        async with (
            asyncio.TaskGroup() as group,
            kept(stage.service("raise SystemExit(7)", restarts=False), group),
        ):
            await asyncio.Event().wait()


async def test_one_that_will_not_end_is_killed(stage: Stage) -> None:
    service = stage.service(STUBBORN, grace=0.1)
    await service.start()
    await stage.has_started()
    await service.stop()
    assert service.pid is None
    assert "did not end within 0 s and was killed" in stage.said[0]


async def test_one_that_dies_before_it_announces_itself_is_told(stage: Stage) -> None:
    command = stage.command("raise SystemExit('no such scenario')", announces=True)
    service = Service(command, stage.record, stage.said.append)
    await service.start()
    with pytest.raises(DemoError, match="no such scenario"):
        await service.announcement()
