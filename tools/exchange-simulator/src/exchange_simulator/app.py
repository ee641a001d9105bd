"""The HTTP server: the exchanges and the control interface on one port."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
from aiohttp import web

from exchange_simulator.binance.rest import BinanceRest
from exchange_simulator.binance.socket import BinanceLimits, BinanceSocket
from exchange_simulator.coinbase.advanced_socket import AdvancedLimits, AdvancedSocket
from exchange_simulator.coinbase.rest import CoinbaseRest
from exchange_simulator.coinbase.socket import CoinbaseLimits, CoinbaseSocket
from exchange_simulator.control import Control
from exchange_simulator.kraken.rest import KrakenRest
from exchange_simulator.kraken.socket import KrakenLimits, KrakenSocket
from exchange_simulator.model import Venue
from exchange_simulator.simulator import Simulator

ENGINE = web.AppKey("engine", asyncio.Task[None])
"""The task that emits while the application serves: it ends only when it fails."""

_MAX_BODY_BYTES = 16 * 1024 * 1024


class Limits(msgspec.Struct, frozen=True):
    """What the exchanges allow; their own documented limits by default."""

    binance: BinanceLimits = BinanceLimits()
    binance_weight: int = 6000
    coinbase: CoinbaseLimits = CoinbaseLimits()
    advanced: AdvancedLimits = AdvancedLimits()
    coinbase_requests_per_second: float = 10.0
    coinbase_burst: int = 15
    kraken: KrakenLimits = KrakenLimits()
    kraken_requests_per_second: float = 1.0


def build_app(simulator: Simulator, limits: Limits) -> web.Application:
    """An application that runs the simulator's engine as long as it serves."""
    binance, coinbase = simulator.exchanges[Venue.BINANCE], simulator.exchanges[Venue.COINBASE]
    kraken = simulator.exchanges[Venue.KRAKEN]

    async def binance_combined(request: web.Request) -> web.StreamResponse:
        streams = [name for name in request.query.get("streams", "").split("/") if name]
        return await BinanceSocket(binance, limits.binance).serve(request, streams, is_combined=True)

    async def binance_raw(request: web.Request) -> web.StreamResponse:
        streams = [name for name in request.match_info.get("streams", "").split("/") if name]
        return await BinanceSocket(binance, limits.binance).serve(request, streams, is_combined=False)

    async def coinbase_feed(request: web.Request) -> web.StreamResponse:
        return await CoinbaseSocket(coinbase, limits.coinbase).serve(request)

    async def advanced_feed(request: web.Request) -> web.StreamResponse:
        return await AdvancedSocket(coinbase, limits.advanced).serve(request)

    async def kraken_feed(request: web.Request) -> web.StreamResponse:
        return await KrakenSocket(kraken, limits.kraken).serve(request)

    async def run_engine(app: web.Application) -> AsyncIterator[None]:
        app[ENGINE] = asyncio.create_task(simulator.engine.run())
        yield
        app[ENGINE].cancel()
        await asyncio.gather(app[ENGINE], return_exceptions=True)

    async def say_goodbye(_app: web.Application) -> None:
        for exchange in simulator.exchanges.values():
            exchange.connections.close_all()

    app = web.Application(client_max_size=_MAX_BODY_BYTES)
    app.add_routes(
        [
            web.get("/binance/stream", binance_combined),
            web.get("/binance/ws", binance_raw),
            web.get("/binance/ws/{streams:.+}", binance_raw),
            web.get("/coinbase/ws", coinbase_feed),
            web.get("/coinbase/advanced", advanced_feed),
            web.get("/kraken/v2", kraken_feed),
            *BinanceRest(binance, limits.binance_weight).routes(),
            *CoinbaseRest(coinbase, limits.coinbase_requests_per_second, limits.coinbase_burst).routes(),
            *KrakenRest(kraken, limits.kraken_requests_per_second).routes(),
            *Control(simulator).routes(),
        ]
    )
    app.cleanup_ctx.append(run_engine)
    app.on_shutdown.append(say_goodbye)
    return app
