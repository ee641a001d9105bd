"""An HTTP server of the chaos: on this machine only, on a free port."""

import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from coattail_harness.ports import HOST


@contextlib.asynccontextmanager
async def listening(application: web.Application) -> AsyncIterator[int]:
    """Serve while the context is open; the port."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
