"""A process that does one thing and ends: what it printed, and how it ended."""

import asyncio
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil

from coattail_chaos.errors import ChaosError
from coattail_harness.waiting import until

_GONE_SECONDS = 60.0


class Ended(msgspec.Struct, frozen=True):
    """How it ended, and the last line that it printed."""

    code: int
    said: bytes


async def run(words: Sequence[str], variables: Mapping[str, str], log: Path, within: float) -> Ended:
    """Run it to its end, and kill what it has started and left: a JVM could go on with what it was told. Errors go to the log.

    Raises `ChaosError` when it takes longer than `within` seconds.
    """
    # A file and no pipe: what it started would hold the pipe, and may outlive it.
    with log.open("ab") as errors, tempfile.TemporaryFile() as output:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env={**os.environ, **variables},
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(within):
                code = await process.wait()
        except TimeoutError as error:
            raise ChaosError(f"{' '.join(words[:4])} did not end in {within:.0f} s; its log is {log}") from error
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        await until(lambda: not _running(process.pid), f"the processes of {process.pid} are gone", _GONE_SECONDS)
        output.seek(0)
        said = output.read()
    lines = said.splitlines()
    return Ended(code, lines[-1] if lines else b"")


def _running(group: int) -> bool:
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, psutil.Error):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                return True
    return False
