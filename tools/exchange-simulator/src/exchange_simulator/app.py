"""The HTTP server: the exchanges and the control interface on one port."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from aiohttp import web

from exchange_simulator.control import Control
from exchange_simulator.model import Venue
from exchange_simulator.simulator import Simulator
from exchange_simulator.venues import simulated

ENGINE = web.AppKey("engine", asyncio.Task[None])
"""The task that emits while the application serves: it ends only when it fails."""

_MAX_BODY_BYTES = 16 * 1024 * 1024

type Limits = Mapping[Venue, Any]
"""What the exchanges allow, each by its own limits; their documented ones where it is left out."""


def build_app(simulator: Simulator, limits: Limits) -> web.Application:
    """An application that runs the simulator's engine as long as it serves."""

    async def run_engine(app: web.Application) -> AsyncIterator[None]:
        app[ENGINE] = asyncio.create_task(simulator.engine.run())
        yield
        app[ENGINE].cancel()
        await asyncio.gather(app[ENGINE], return_exceptions=True)

    async def say_goodbye(_app: web.Application) -> None:
        for exchange in simulator.exchanges.values():
            exchange.connections.close_all()

    app = web.Application(client_max_size=_MAX_BODY_BYTES)
    for venue, exchange in simulator.exchanges.items():
        own = simulated(venue)
        app.add_routes(own.routes(exchange, limits[venue] if venue in limits else own.limits()))
    app.add_routes(Control(simulator).routes())
    app.cleanup_ctx.append(run_engine)
    app.on_shutdown.append(say_goodbye)
    return app
