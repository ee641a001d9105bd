"""How Kraken is simulated."""

from aiohttp import web

from exchange_simulator.decimals import pointed
from exchange_simulator.exchange import Exchange
from exchange_simulator.kraken.rest import KrakenRest
from exchange_simulator.kraken.samples import samples
from exchange_simulator.kraken.socket import KrakenLimits, KrakenSocket
from exchange_simulator.times import YEAR_ONE
from exchange_simulator.venues import Names, Simulated


def _routes(exchange: Exchange, limits: KrakenLimits) -> list[web.RouteDef]:
    async def feed(request: web.Request) -> web.StreamResponse:
        return await KrakenSocket(exchange, limits).serve(request)

    return [web.get("/kraken/v2", feed), *KrakenRest(exchange, limits.rest_rate).routes()]


SIMULATED = Simulated(
    limits=KrakenLimits,
    patient=lambda heartbeat: KrakenLimits(heartbeat_interval=heartbeat, rest_rate=1000),
    paths={"ws": "kraken/v2", "rest": "kraken"},
    routes=_routes,
    printed=pointed,
    names=Names("price", "qty", "timestamp", "symbol", "side", 0.0, YEAR_ONE, "NOSUCH/USD", "hold"),
    samples=samples,
    between="/",
    never={"error": ["EQuery:Unknown asset pair"]},
    first_trade_id=61_000_000,
)
