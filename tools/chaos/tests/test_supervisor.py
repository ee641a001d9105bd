"""A process that is started again whenever it ends."""

import asyncio
import sys
from pathlib import Path

import psutil
import pytest

from coattail_chaos.errors import ChaosError
from coattail_chaos.supervisor import Service
from coattail_harness.processes import Command, kept

from .conftest import until

SERVES = """
import json, signal, sys, time
print(json.dumps({"message": "started", "health_port": %d}), flush=True)
signal.pause()
"""


def a_service(log: Path, script: str) -> Service:
    number = iter(range(1, 100))
    return Service(
        "tests", lambda: Command((sys.executable, "-c", script.replace("%d", str(next(number))))), log / "tests.log"
    )


async def test_what_is_killed_is_started_again_and_is_no_crash(tmp_path: Path) -> None:
    service = a_service(tmp_path, SERVES)
    async with asyncio.TaskGroup() as group, kept(service, group):
        await service.up()
        assert service.announced is not None
        assert service.announced.health_port == 1
        first = service.pid
        assert service.kill()
        assert service.announced is None
        await service.up()
        assert service.pid != first
        assert service.announced.health_port == 2

    assert (service.starts, service.crashes, service.pid) == (2, [], None)
    assert service.said["started"] == 2
    assert (tmp_path / "tests.log").read_text().count("started") == 2


async def test_a_replacement_is_waited_for(tmp_path: Path) -> None:
    service = a_service(tmp_path, SERVES)
    async with asyncio.TaskGroup() as group, kept(service, group):
        await service.up()
        await service.replace()
        assert service.announced is not None
        assert service.announced.health_port == 2

    assert service.crashes == []


async def test_what_ends_by_itself_is_a_crash_with_its_last_words(tmp_path: Path) -> None:
    service = a_service(tmp_path, "import sys; print('I cannot'); sys.exit(3)")
    async with asyncio.TaskGroup() as group, kept(service, group):
        await until(lambda: len(service.crashes) >= 2)

    assert service.crashes[0] == "tests ended with 3: I cannot"


async def test_a_crash_is_told_by_the_last_error_of_its_log(tmp_path: Path) -> None:
    """A traceback behind it ends with a line that says little."""
    script = """
import json, sys
print(json.dumps({"level": "ERROR", "message": "query ended", "error": "no worker\\nat all"}))
print("Thread State: RUNNABLE")
sys.exit(1)
"""
    service = a_service(tmp_path, script)
    async with asyncio.TaskGroup() as group, kept(service, group):
        await until(lambda: bool(service.crashes))

    assert service.crashes[0] == "tests ended with 1: query ended: no worker at all"


async def test_what_a_killed_service_started_dies_with_it(tmp_path: Path) -> None:
    """The JVM of the Spark application would write on while the next one reads."""
    script = """
import json, signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(json.dumps({"message": "started", "health_port": child.pid}), flush=True)
signal.pause()
"""
    service = a_service(tmp_path, script)
    async with asyncio.TaskGroup() as group, kept(service, group):
        await service.up()
        assert service.announced is not None
        child = psutil.Process(service.announced.health_port)
        assert service.kill()
        await until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
        await service.up()
        last = psutil.Process(service.announced.health_port)
        service.kill()
        await until(lambda: not last.is_running() or last.status() == psutil.STATUS_ZOMBIE)


async def test_what_cannot_be_started_ends_the_run(tmp_path: Path) -> None:
    service = Service("tests", lambda: Command(("/nowhere/at/all",)), tmp_path / "tests.log")
    with pytest.raises(ExceptionGroup) as ended:
        async with asyncio.TaskGroup() as group, kept(service, group):
            await service.up()

    assert ended.group_contains(ChaosError, match="tests cannot be started")
