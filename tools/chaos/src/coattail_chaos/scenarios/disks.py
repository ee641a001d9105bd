"""Disks that are full: the spool has all that it may have, or the disk below it has no space left. Each writer has its own."""

import asyncio
from random import Random
from typing import Final

import aiohttp
import msgspec

from coattail_chaos.faults import Fault
from coattail_chaos.plan import Dose
from coattail_chaos.scenarios.sharing import each
from coattail_chaos.system import System
from coattail_chaos.writers import Writer
from coattail_harness.ports import HOST
from coattail_harness.waiting import Condition, until
from coattail_runtime.health import Report

_LEAST_SPOOL_BYTES: Final = 2 * 1024 * 1024
_DISK_KILOBYTES: Final = 256
_FULL_SECONDS: Final = 180.0
_CANNOT_WRITE: Final = "the spool cannot be written; connectors wait until it can"


async def spool_full(system: System, dose: Dose, random: Random) -> None:  # noqa: ARG001
    """Take Kinesis away from writers with small spools until each says that its own is full, and for `seconds` more."""
    system.setup.spool_bytes = _LEAST_SPOOL_BYTES

    async def fill(writer: Writer) -> None:
        await writer.service.replace()
        await _fill(writer, dose, "spool", Fault.SPOOL_FULL, lambda: _spool_is_full(system, writer))

    await each(system.writers, fill)


async def disk_full(system: System, dose: Dose, random: Random) -> None:  # noqa: ARG001
    """Take Kinesis away until the disk of each writer has no space left (ENOSPC), and for `seconds` more."""
    system.setup.disk_kilobytes = _DISK_KILOBYTES

    async def fill(writer: Writer) -> None:
        await writer.service.replace()
        before = writer.service.said[_CANNOT_WRITE]
        await _fill(writer, dose, "disk", Fault.DISK_FULL, lambda: writer.service.said[_CANNOT_WRITE] > before)

    await each(system.writers, fill)


async def _fill(writer: Writer, dose: Dose, what: str, fault: Fault, is_full: Condition) -> None:
    """Take Kinesis away from a writer until `what` is full, and for `seconds` more."""
    writer.lose_kinesis()
    await until(is_full, f"the {what} of {writer.service.name} is full", _FULL_SECONDS)
    writer.tally.count(fault)
    await asyncio.sleep(dose.seconds)
    await writer.find_kinesis()


async def _spool_is_full(system: System, writer: Writer) -> bool:
    """What the writer's probe says."""
    announced = writer.service.announced
    if announced is None:
        return False
    try:
        async with system.session.get(f"http://{HOST}:{announced.health_port}/health/ready") as answer:
            report = msgspec.json.decode(await answer.read(), type=Report)
    except aiohttp.ClientError:
        return False
    return any(check.name == "spool" and not check.ok for check in report.checks)
