"""What an exchange is: one `Venue`, declared by its connector's package, that every tool reads.

A package declares it as an entry point of the group `coattail.venues`:

    [project.entry-points."coattail.venues"]
    kraken = "ingest_kraken.venue:VENUE"

A venue holds values and the places of code (`package.module:name`), which `code` imports when a tool needs it: a list of
exchanges loads no connector.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import entry_points
from pkgutil import resolve_name
from typing import Any, Final

import msgspec

GROUP: Final = "coattail.venues"

USUAL_QUOTES: Final = (
    *("USDT", "USDC", "DAI", "EURI"),
    *("EUR", "GBP", "TRY", "BRL", "JPY", "AUD", "UAH", "PLN", "ZAR", "MXN", "ARS"),
    *("BTC", "ETH", "BNB", "XRP", "TRX", "DOGE", "SOL"),
)
"""The quote currencies that most exchanges have. Whether USD is one of them differs."""


class TooOften(msgspec.Struct, frozen=True):
    """How an exchange's REST says that it was asked too often. `retry_after` is the header's text, in seconds."""

    status: int = 429
    retry_after: str | None = "1"
    body: str = "chaos"


class Spelling(msgspec.Struct, frozen=True):
    """How names of markets are read that differ from ours, as files and REST have them.

    `quotes` are the quote currencies by which a name without a separator is parted. `assets` has our name of each asset that the
    exchange calls otherwise (`XBT`: BTC). Two of the `ids` in a row are a pair, whatever the quotes say (`XXBTZUSD`).
    """

    quotes: Sequence[str] = (*USUAL_QUOTES, "USD")
    assets: Mapping[str, str] = {}
    ids: Sequence[str] = ()


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed that carries trades, and how its frames are read.

    `address` is what the simulator calls it (`ws`), `normalise` the place of the function that reads a frame. `trades` is the kind
    of frame that holds trades, `keys` a pattern that only this feed's frames have. `recorded` are recordings of real frames, as
    patterns below the folder of recordings.
    """

    name: str
    address: str = "ws"
    normalise: str
    trades: str = "trade"
    keys: str
    recorded: Sequence[str] = ()


class Venue(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange.

    `name` is the exchange's in trades, `title` its name for people. `ws_url` and `rest_url` are the real addresses, `health_port`
    the port of its connector's probes, which no other service has. `symbols` are three of its large markets, as demonstrations
    follow them. `share` is what each of two markets has of the trades when ingest is broken on purpose: as many as its REST API
    gives back in time. `settings`, `markets_by_name` and `backfill` are places in the connector's package.
    """

    name: str
    title: str
    ws_url: str
    rest_url: str
    health_port: int
    symbols: tuple[str, str, str]
    share: float
    settings: str
    markets_by_name: str
    backfill: str
    feeds: tuple[Feed, ...]
    headers: tuple[str, ...] = ()
    """What REST says in headers that the connector reads, besides `Retry-After`."""
    too_often: TooOften = TooOften()
    spelling: Spelling = Spelling()
    other_spellings: Mapping[str, Spelling] = {}
    """By the name of an exchange of the same company (`binance-us`), which files have and we do not follow."""

    @property
    def service(self) -> str:
        """The connector's name: of its folder, package, image, workflow and stack of infrastructure."""
        return f"ingest-{self.name}"

    @property
    def module(self) -> str:
        """The connector's module, which `python -m` runs."""
        return f"ingest_{self.name}"

    @property
    def prefix(self) -> str:
        """What its environment variables begin with."""
        return f"INGEST_{self.name.upper()}_"


def code(place: str) -> Any:
    """Return what is at `package.module:name`. Raises `ImportError` or `AttributeError` where there is nothing."""
    return resolve_name(place)


@cache
def installed() -> tuple[Venue, ...]:
    """Return the venues of all packages that are installed, by name."""
    found: list[Venue] = [one.load() for one in entry_points(group=GROUP)]
    return tuple(sorted(found, key=lambda venue: venue.name))


def find(name: str) -> Venue:
    """Return the venue of that name. Raises `LookupError`, which names those that are installed."""
    for venue in installed():
        if venue.name == name:
            return venue
    message = f"no venue {name!r} is installed; there are {', '.join(venue.name for venue in installed()) or 'none'}"
    raise LookupError(message)
