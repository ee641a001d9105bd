"""A client's WebSocket from its upgrade request to its end, the same at every exchange."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from exchange_simulator.exchange import Exchange
from exchange_simulator.session import Session


async def connected[S: Session](
    exchange: Exchange,
    request: web.Request,
    session_of: Callable[[web.WebSocketResponse], S],
    talk: Callable[[web.WebSocketResponse, S], Awaitable[None]],
) -> web.StreamResponse:
    """Answer an upgrade request: with 503 while the exchange refuses connections, else by a session that is open until `talk` ends."""
    if exchange.connections.refuses(exchange.clock.now_us()):
        return web.Response(status=503)
    websocket = web.WebSocketResponse(autoping=False, compress=False)
    await websocket.prepare(request)
    session = session_of(websocket)
    exchange.open(session)
    try:
        await talk(websocket, session)
    finally:
        exchange.close(session)
    return websocket
