"""How Coinbase is simulated: Exchange's feed and REST, and Advanced Trade's feed."""

from typing import Final

from aiohttp import web

from exchange_simulator.coinbase.advanced_socket import AdvancedLimits, AdvancedSocket
from exchange_simulator.coinbase.rest import CoinbaseRest
from exchange_simulator.coinbase.samples import samples
from exchange_simulator.coinbase.socket import CoinbaseLimits, CoinbaseSocket
from exchange_simulator.decimals import shortest
from exchange_simulator.exchange import Exchange
from exchange_simulator.times import YEAR_ONE
from exchange_simulator.venues import Names, Simulated

_OFTEN: Final = 0.01
"""Seconds between two batches."""


def _routes(exchange: Exchange, limits: CoinbaseLimits) -> list[web.RouteDef]:
    async def feed(request: web.Request) -> web.StreamResponse:
        return await CoinbaseSocket(exchange, limits).serve(request)

    async def advanced(request: web.Request) -> web.StreamResponse:
        return await AdvancedSocket(exchange, limits.advanced).serve(request)

    return [
        web.get("/coinbase/ws", feed),
        web.get("/coinbase/advanced", advanced),
        *CoinbaseRest(exchange, limits.rest_rate, limits.rest_burst).routes(),
    ]


def _patient(heartbeat: float) -> CoinbaseLimits:
    """Return limits by which Advanced Trade sends trades at least as often as heartbeats. When those are a second apart or more, it
    sends trades one by one: then each frame is a trade.
    """
    advanced = AdvancedLimits(
        heartbeat_interval=heartbeat, batch_interval=min(heartbeat, _OFTEN) if heartbeat < 1 else 0
    )
    return CoinbaseLimits(heartbeat_interval=heartbeat, advanced=advanced)


SIMULATED = Simulated(
    limits=CoinbaseLimits,
    patient=_patient,
    paths={"ws": "coinbase/ws", "rest": "coinbase", "advanced_ws": "coinbase/advanced"},
    routes=_routes,
    printed=shortest,
    # The year 1 is on record: a Coinbase l2update of 2019 carries it.
    names=Names("price", "size", "time", "product_id", "side", "0", YEAR_ONE, "NOSUCH-USD", "hold"),
    samples=samples,
    between="-",
    never={"message": "NotFound"},
    first_trade_id=810_000_000,
    has_orders=True,
)
