"""A process that is kept running: what the base does where a tool says nothing else."""

import asyncio
import sys
from pathlib import Path

import pytest

from coattail_harness.errors import HarnessError
from coattail_harness.processes import Command, Supervisor, exit_text, kept, last_line
from coattail_harness.waiting import until

FOREVER = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {FOREVER}"


class Restarted(Supervisor):
    """Started again, whatever it ends with."""

    def ended(self, code: int, *, ordered: bool) -> None:
        self.code, self.was_ordered = code, ordered


def a_command(program: str, *, announces: bool = False) -> Command:
    return Command((sys.executable, "-c", program), announces=announces)


async def test_supervisor_asks_for_the_command_at_each_start(tmp_path: Path) -> None:
    programs = iter(["raise SystemExit(7)", FOREVER])
    service = Restarted("it", lambda: a_command(next(programs)), tmp_path / "log", restart_seconds=0)
    async with asyncio.TaskGroup() as group, kept(service, group):
        await until(lambda: service.starts == 2, "the next process starts", 60)
        assert (service.code, service.was_ordered) == (7, False)

    assert service.pid is None
    assert service.was_ordered


async def test_supervisor_hears_each_line_and_logs_it(tmp_path: Path) -> None:
    heard: list[bytes] = []
    service = Supervisor("it", lambda: a_command(FOREVER), tmp_path / "log", hear=heard.append)
    async with asyncio.TaskGroup() as group, kept(service, group):
        await until(lambda: bool(heard), "a line", 60)

    assert heard == [b"up\n"]
    assert last_line(tmp_path / "log") == "up"


async def test_supervisor_gives_up_with_the_last_line(tmp_path: Path) -> None:
    service = Supervisor("it", lambda: a_command("raise SystemExit('I cannot')"), tmp_path / "log")
    with pytest.RaisesGroup(pytest.RaisesExc(HarnessError, match=r"^it ended \(exit code 1\): I cannot$")):
        async with asyncio.TaskGroup() as group, kept(service, group):
            await asyncio.Event().wait()


async def test_supervisor_kills_what_does_not_end_in_its_time(tmp_path: Path) -> None:
    service = Supervisor("it", lambda: a_command(STUBBORN, announces=True), tmp_path / "log", stop_seconds=0.1)
    await service.start()
    assert await service.announcement() == b"up\n"
    with pytest.raises(TimeoutError):
        await service.stop()
    assert service.pid is None


async def test_supervisor_that_is_stopped_while_it_starts_leaves_nothing(tmp_path: Path) -> None:
    service = Supervisor("it", lambda: a_command(FOREVER), tmp_path / "log")
    starting = asyncio.create_task(service.start())
    await asyncio.sleep(0)
    await service.stop()
    await starting
    await service.keep()
    assert service.pid is None


@pytest.mark.parametrize(("code", "text"), [(3, "exit code 3"), (-9, "killed by SIGKILL")])
def test_exit_text_names_signals(code: int, text: str) -> None:
    assert exit_text(code) == text
