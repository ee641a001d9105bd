"""How each exchange is simulated: what its own folder says of it, in `<exchange>/simulated.py`.

Every other file may ask here, so this one imports none of them: a market asks for the name that its exchange gives it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:  # who asks for the name of a market serves nothing
    from aiohttp import web

FOLDERS: Final = sorted(path.parent.name for path in Path(__file__).parent.glob("*/simulated.py"))
"""The names of all venues."""


class Names(msgspec.Struct, frozen=True):
    """What a venue calls the fields of a trade, and what it could never say in some of them."""

    price: str
    quantity: str
    time: str
    symbol: str
    side: str
    zero: object
    absurd_time: object
    unknown_symbol: str
    wrong_side: str
    trade_id: str = "trade_id"


class Answer(msgspec.Struct, frozen=True):
    """An answer of REST: ``header`` is the value of the header that says where the answer stands, if there is one."""

    body: bytes
    header: bytes = b""


class Samples(msgspec.Struct, frozen=True):
    """At least one frame or answer of every kind. ``frames`` by feed, as ``Simulated.paths`` calls it."""

    frames: Mapping[str, Sequence[bytes]]
    answers: Sequence[Answer]


class Simulated[E, L](msgspec.Struct, frozen=True, kw_only=True):
    """What is one venue's own. `E` is the exchange that its routes serve (`exchange.Exchange`), `L` its limits.

    Attributes:
        limits: What its clients may do; its documented limits by default.
        patient: The same for a test, which says itself what is refused, told the seconds between heartbeats.
        paths: Where its feeds and its REST API are: ``ws``, ``rest``, and other feeds. ``Ready`` says them in this order.
        routes: What is served there.
        printed: How the feed prints a price or a quantity.
        names: The fields of a trade on the feed.
        samples: At least one of everything it may say, about a market and its past trades from an id on.
        between: What stands between the assets in its names of markets.
        never: The body of a refusal of REST that no repetition changes.
        first_trade_id: About where a generated market's ids begin.
        whole_lots: Whether quantities have a step of about one USD; else it is 1e-8.
        has_orders: Whether its frames name the orders of a trade.
        announces_end: Whether it tells its clients that a connection will end.
    """

    limits: type[L]
    patient: Callable[[float], L]
    paths: Mapping[str, str]
    routes: Callable[[E, L], Iterable["web.RouteDef"]]
    printed: Callable[[int], str]
    names: Names
    samples: Callable[[str, int], Samples]
    between: str
    never: Mapping[str, object]
    first_trade_id: int
    whole_lots: bool = False
    has_orders: bool = False
    announces_end: bool = False


@cache
def simulated(venue: str) -> Simulated[Any, Any]:
    """Return how a venue is simulated. Its modules are imported when it is first asked for."""
    found: Simulated[Any, Any] = import_module(f"exchange_simulator.{venue}.simulated").SIMULATED
    return found
