"""The services' own account of their health, asked over HTTP."""

from typing import Final

import aiohttp
import msgspec

from coattail_harness.ports import HOST
from coattail_runtime.health import Report

_HEARS: Final = "messages"
"""The connectors' check that the exchange is heard."""
_TIMEOUT = aiohttp.ClientTimeout(total=2)


class Health(msgspec.Struct, frozen=True):
    """`detail` is why it is not ready, or what it is busy with."""

    ready: bool
    detail: str


async def ask(session: aiohttp.ClientSession, port: int, *, before_trades: bool = False) -> Health:
    """The answer of `GET /health/ready`; not ready while nothing answers. `before_trades` as for `judged`."""
    try:
        async with session.get(f"http://{HOST}:{port}/health/ready", timeout=_TIMEOUT) as response:
            return judged(msgspec.json.decode(await response.read(), type=Report), before_trades=before_trades)
    except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError):
        return Health(ready=False, detail="does not answer")


def judged(report: Report, *, before_trades: bool = False) -> Health:
    """The first check that fails, or the last one's detail, which sums up.

    `before_trades`: no exchange has sent anything yet, so a connector that has heard nothing lacks nothing.
    """
    failing = [check for check in report.checks if not check.ok]
    if before_trades and failing and all(check.name == _HEARS for check in failing):
        return Health(ready=True, detail="waits for the first trade")
    if failing:
        return Health(ready=False, detail=f"{failing[0].name}: {failing[0].detail}")
    return Health(ready=report.healthy, detail=report.checks[-1].detail if report.checks else "")
