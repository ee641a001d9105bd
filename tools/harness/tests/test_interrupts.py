"""Ctrl-C and SIGTERM, in an event loop and outside one."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from coattail_harness.cancelling import unless_interrupted
from coattail_harness.interrupts import INTERRUPTED

LOADING = """
import signal
from coattail_harness.interrupts import leave_at_once
leave_at_once()
try:
    signal.raise_signal(signal.SIGINT)
finally:
    print("it was waited for")
"""
TOLD = """
import signal
from coattail_harness.interrupts import interrupt_on_sigterm
interrupt_on_sigterm()
try:
    signal.raise_signal(signal.SIGTERM)
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize(("program", "code", "says"), [(LOADING, INTERRUPTED, ""), (TOLD, 0, "interrupted\n")])
def test_interrupts_end_what_loads_and_raise_where_asked(program: str, code: int, says: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (code, says)


async def test_unless_interrupted_returns_the_result() -> None:
    async def work() -> int:
        return 7

    assert await unless_interrupted(work()) == 7


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_unless_interrupted_lets_work_end_in_order(number: signal.Signals) -> None:
    said: list[str] = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), number)  # impatience cuts nothing short
            await asyncio.sleep(0.05)
            said.append("ended")

    found = await asyncio.create_task(unless_interrupted(work(), lambda: said.append("interrupted")))
    assert found is None
    assert said == ["interrupted", "interrupted", "ended"]
