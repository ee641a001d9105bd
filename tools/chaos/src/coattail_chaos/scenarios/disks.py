"""Disks that are full: the spool has all that it may have, or the disk below it has no space left."""

import asyncio
from random import Random
from typing import Final

import aiohttp
import msgspec

from coattail_chaos.faults import Fault
from coattail_chaos.plan import Dose
from coattail_chaos.port import HOST
from coattail_chaos.system import System
from coattail_chaos.waiting import until, until_told
from coattail_common.health import Report

_LEAST_SPOOL_BYTES: Final = 2 * 1024 * 1024
_DISK_KILOBYTES: Final = 256
_FULL_SECONDS: Final = 120.0
_CANNOT_WRITE: Final = "the spool cannot be written; connectors wait until it can"


async def spool_full(system: System, dose: Dose, random: Random) -> None:  # noqa: ARG001
    """Take Kinesis away until a writer with a small spool says that it is full, and for `seconds` more."""
    system.setup.spool_bytes = _LEAST_SPOOL_BYTES
    await system.writer.replace()
    system.kinesis_relay.vanish()
    system.tally.count(Fault.KINESIS_GONE)
    await until_told(lambda: _spool_is_full(system), "the spool is full", _FULL_SECONDS)
    system.tally.count(Fault.SPOOL_FULL)
    await asyncio.sleep(dose.seconds)
    await system.kinesis_relay.listen()


async def disk_full(system: System, dose: Dose, random: Random) -> None:  # noqa: ARG001
    """Take Kinesis away until the disk of the writer has no space left (ENOSPC), and for `seconds` more."""
    system.setup.disk_kilobytes = _DISK_KILOBYTES
    await system.writer.replace()
    before = system.writer.said[_CANNOT_WRITE]
    system.kinesis_relay.vanish()
    system.tally.count(Fault.KINESIS_GONE)
    await until(lambda: system.writer.said[_CANNOT_WRITE] > before, "the disk is full", _FULL_SECONDS)
    system.tally.count(Fault.DISK_FULL)
    await asyncio.sleep(dose.seconds)
    await system.kinesis_relay.listen()


async def _spool_is_full(system: System) -> bool:
    """What the writer's probe says."""
    announced = system.writer.announced
    if announced is None:
        return False
    try:
        async with system.session.get(f"http://{HOST}:{announced.health_port}/health/ready") as answer:
            report = msgspec.json.decode(await answer.read(), type=Report)
    except aiohttp.ClientError:
        return False
    return any(check.name == "spool" and not check.ok for check in report.checks)
