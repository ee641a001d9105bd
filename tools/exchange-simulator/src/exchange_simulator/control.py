"""The control interface: start, stop, misbehave, and ask what happened. JSON over HTTP below ``/control``."""

import msgspec
from aiohttp import web

from exchange_simulator.misbehaviour import Misbehaviour
from exchange_simulator.model import Market, Venue
from exchange_simulator.scenario_file import explain
from exchange_simulator.simulator import Simulator

MAX_TRADES_ASKED = 100_000


class Health(msgspec.Struct, frozen=True):
    """The reply of ``health``: the process answers."""

    status: str = "ok"


class Problem(msgspec.Struct, frozen=True):
    """The body of a refusal (400 or 404): what was wrong, where, and what would be right."""

    error: str


class SentAt(msgspec.Struct, frozen=True):
    """The reply of ``sent_at``: UTC µs, or null for a trade that is not known (any more)."""

    sent_at: int | None


class TradesAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a bulk ``sent_at``: rows of exchange, symbol, trade id."""

    trades: list[tuple[Venue, str, int]]


class TimesSent(msgspec.Struct, frozen=True):
    """The reply of a bulk ``sent_at``: one UTC µs (or null) per row, in order."""

    sent_at: list[int | None]


class Control:
    """The endpoints below ``/control``."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def routes(self) -> list[web.RouteDef]:
        """What to mount."""
        return [
            web.get("/control/health", self._health),
            web.post("/control/start", self._start),
            web.post("/control/stop", self._stop),
            web.get("/control/status", self._status),
            web.get("/control/truth", self._truth),
            web.post("/control/misbehave", self._misbehave),
            web.get("/control/sent_at", self._sent_at),
            web.post("/control/sent_at", self._sent_at_many),
        ]

    async def _health(self, _request: web.Request) -> web.Response:
        return _json(Health())

    async def _start(self, _request: web.Request) -> web.Response:
        self._simulator.engine.start()
        return _json(self._simulator.status())

    async def _stop(self, _request: web.Request) -> web.Response:
        self._simulator.engine.stop()
        return _json(self._simulator.status())

    async def _status(self, _request: web.Request) -> web.Response:
        return _json(self._simulator.status())

    async def _truth(self, _request: web.Request) -> web.Response:
        return _json(self._simulator.truth())

    async def _misbehave(self, request: web.Request) -> web.Response:
        try:
            self._simulator.misbehave(msgspec.json.decode(await request.read(), type=Misbehaviour))
        except msgspec.ValidationError as error:
            return _json(Problem(explain(error, Misbehaviour)), 400)
        except (msgspec.DecodeError, ValueError) as error:
            return _json(Problem(str(error)), 400)
        return _json(self._simulator.status())

    async def _sent_at(self, request: web.Request) -> web.Response:
        query = request.query
        try:
            market = Market(Venue(query["exchange"]), query["symbol"])
            trade_id = int(query["trade_id"])
        except (KeyError, ValueError) as error:
            return _json(Problem(f"expected ?exchange=&symbol=&trade_id=, wrong or missing: {error}"), 400)
        sent_at = self._simulator.sent_at(market, trade_id)
        return _json(SentAt(sent_at), 200 if sent_at is not None else 404)

    async def _sent_at_many(self, request: web.Request) -> web.Response:
        try:
            asked = msgspec.json.decode(await request.read(), type=TradesAsked)
        except msgspec.ValidationError as error:
            return _json(Problem(explain(error, TradesAsked)), 400)
        except msgspec.DecodeError as error:
            return _json(Problem(str(error)), 400)
        if len(asked.trades) > MAX_TRADES_ASKED:
            return _json(Problem(f"{len(asked.trades)} trades asked for, at most {MAX_TRADES_ASKED} at once"), 400)
        return _json(
            TimesSent(
                [self._simulator.sent_at(Market(venue, symbol), number) for venue, symbol, number in asked.trades]
            )
        )


def _json(body: msgspec.Struct, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")
