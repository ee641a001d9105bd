"""How Binance is simulated: combined and raw streams, and REST."""

from aiohttp import web

from exchange_simulator.binance.rest import BinanceRest
from exchange_simulator.binance.samples import samples
from exchange_simulator.binance.socket import BinanceLimits, BinanceSocket
from exchange_simulator.decimals import fixed8
from exchange_simulator.exchange import Exchange
from exchange_simulator.venues import Names, Simulated


def _routes(exchange: Exchange, limits: BinanceLimits) -> list[web.RouteDef]:
    async def combined(request: web.Request) -> web.StreamResponse:
        streams = _named(request.query.get("streams", ""))
        return await BinanceSocket(exchange, limits).serve(request, streams, is_combined=True)

    async def raw(request: web.Request) -> web.StreamResponse:
        streams = _named(request.match_info.get("streams", ""))
        return await BinanceSocket(exchange, limits).serve(request, streams, is_combined=False)

    return [
        web.get("/binance/stream", combined),
        web.get("/binance/ws", raw),
        web.get("/binance/ws/{streams:.+}", raw),
        *BinanceRest(exchange, limits.weight_limit).routes(),
    ]


def _named(streams: str) -> list[str]:
    return [name for name in streams.split("/") if name]


SIMULATED = Simulated(
    limits=BinanceLimits,
    patient=lambda _: BinanceLimits(),
    paths={"ws": "binance", "rest": "binance"},
    routes=_routes,
    printed=fixed8,
    names=Names("p", "q", "T", "s", "m", "0.00000000", -62_135_596_800_000, "NOSUCHUSDT", "maybe", "t"),
    samples=samples,
    between="",
    never={"code": -1121, "msg": "Invalid symbol."},
    first_trade_id=3_700_000_000,
    whole_lots=True,
    announces_end=True,
)
