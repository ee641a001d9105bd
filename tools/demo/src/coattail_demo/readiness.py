"""Waiting until everything is ready, so that the first trade finds every part awake."""

import asyncio
from typing import Final

import aiohttp

from coattail_demo import health
from coattail_demo.errors import DemoError
from coattail_demo.system import Listening, System
from coattail_harness.waiting import until

_WITHIN_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.2
"""Between two looks at what a service or the simulator answers."""


async def ready(system: System) -> None:
    """Return when Spark reads, the writer reaches the stream, and every market is subscribed to.

    Raises `DemoError` naming what is not ready after its time.
    """
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        group.create_task(system.job.ready())
        group.create_task(_healthy(session, system.writer))
        if system.foundation.exchange is not None:
            group.create_task(_subscribed(system))
        else:
            for connector in system.connectors:
                group.create_task(_healthy(session, connector))


async def _healthy(session: aiohttp.ClientSession, listening: Listening) -> None:
    detail = ""

    async def healthy() -> bool:
        nonlocal detail
        state = await health.ask(session, listening.health_port)
        detail = state.detail
        return state.ready

    try:
        async with asyncio.timeout(_WITHIN_SECONDS):
            await until(healthy, every=POLL_SECONDS)
    except TimeoutError as error:
        service = listening.service
        message = f"{service.name} is not ready after {_WITHIN_SECONDS:.0f} s ({detail}); its log is {service.log}"
        raise DemoError(message) from error


async def _subscribed(system: System) -> None:
    exchange = system.foundation.exchange
    if exchange is None:
        return
    wanted = {f"{name}:{symbol}" for name, symbols in system.symbols.items() for symbol in symbols}
    missing = wanted
    client = exchange.client

    async def subscribed() -> bool:
        nonlocal missing
        missing = wanted - set((await client.status()).subscribed_markets)
        return not missing

    try:
        async with asyncio.timeout(_WITHIN_SECONDS):
            await until(subscribed, every=POLL_SECONDS)
    except TimeoutError as error:
        names = ", ".join(sorted(missing))
        logs = system.foundation.layout.logs
        message = f"nobody subscribed to {names} within {_WITHIN_SECONDS:.0f} s; the connectors' logs are in {logs}"
        raise DemoError(message) from error
