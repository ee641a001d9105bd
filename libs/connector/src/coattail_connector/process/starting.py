"""A connector's process from its settings to its end: what keeps it from its work is one line that says what to set."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import msgspec
from tenacity.wait import wait_base

from coattail_connector.cursors import CursorsBrokenError, CursorsRefusedError
from coattail_connector.frames.messages import ExchangeRefusedError
from coattail_connector.gaps.backfill import Backfill
from coattail_connector.gaps.gap_filling import gap_filling
from coattail_connector.gaps.ledger import Ledger
from coattail_connector.markets.listed import ListMissingError, MarketListError
from coattail_connector.markets.market_watch import ConfiguredMarkets, configured_markets
from coattail_connector.options import GapOptions, SocketOptions
from coattail_connector.process.reporting import Reporter
from coattail_connector.process.serving import serve
from coattail_connector.process.settings import ConnectorSettings
from coattail_connector.rates import RateLimit
from coattail_connector.rest import RestClient
from coattail_connector.socket.reconnect import full_jitter
from coattail_connector.streaming import SocketConnector
from coattail_runtime import telemetry
from coattail_runtime.link import LinkRefusedError, Links
from coattail_runtime.settings import read, refuse


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a connector is made of besides its markets and its address, as its settings say."""

    reporter: Reporter
    options: SocketOptions
    gaps: GapOptions
    rest: RestClient
    wait: wait_base


class ConnectorService[S: ConnectorSettings](msgspec.Struct, frozen=True, kw_only=True):
    """What the service of an exchange is made of: its name, its settings, and how its parts are made.

    `connector` makes it, and `backfill` what fetches its past trades, asking REST within `limit`.
    """

    name: str
    settings: type[S]
    connector: Callable[[S, Parts], SocketConnector]
    backfill: Callable[[RestClient], Backfill]
    limit: Callable[[], RateLimit]


class Assembly[S: ConnectorSettings](msgspec.Struct, frozen=True, kw_only=True):
    """A connector that can be run, its markets, and the ledger that hears what is accepted."""

    connector: SocketConnector
    markets: ConfiguredMarkets[S]
    ledger: Ledger


def start[S: ConnectorSettings](service: ConnectorService[S]) -> None:
    """Read the settings and follow their markets until told to stop.

    Ends the process with code 2 over what trying again would not mend.
    """
    given = read(service.settings)
    with refusals(given.model_config.get("env_prefix", "")):
        asyncio.run(_follow(service, given))


@contextmanager
def refusals(prefix: str) -> Iterator[None]:
    """End the process over an error of what is run that settings mend: code 2, and a line that names those, which have the prefix."""
    try:
        yield
    except ExchangeRefusedError as error:
        refuse(f"{error}; set {prefix}SYMBOLS, or the list in SSM, to markets it has")
    except (ListMissingError, MarketListError) as error:
        refuse(f"{error}; mend it, or set {prefix}SYMBOLS or {prefix}SSM_PREFIX")
    except CursorsRefusedError as error:
        refuse(f"{error}; set {prefix}CURSORS to a folder or table that it may use")
    except CursorsBrokenError as error:
        refuse(f"{error}; move it away to begin from now, or set {prefix}CURSORS")
    except LinkRefusedError as error:
        refuse(f"{error}; set {prefix}LINK_URL or {prefix}LINK_TOKEN")


@asynccontextmanager
async def assembled[S: ConnectorSettings](service: ConnectorService[S], given: S) -> AsyncIterator[Assembly[S]]:
    """Yield the connector of a service, not running yet. Leave the context when everything is accepted: cursors are written then."""
    log = telemetry.logger(service.name, given.log_level)
    async with configured_markets(given, log) as markets:
        settings = markets.settings
        rest = RestClient(str(settings.rest_url), service.limit())
        async with gap_filling(settings, settings.exchange, service.backfill(rest), service.name, log) as gaps:
            parts = Parts(
                reporter=Reporter(service.name, log, telemetry.metrics(service.name)),
                options=SocketOptions(max_size=settings.max_frame_bytes),
                gaps=gaps,
                rest=rest,
                wait=full_jitter(settings.reconnect_seconds),
            )
            yield Assembly(connector=service.connector(settings, parts), markets=markets, ledger=gaps.ledger)


async def _follow[S: ConnectorSettings](service: ConnectorService[S], given: S) -> None:
    async with assembled(service, given) as one:
        settings = one.markets.settings
        token = settings.link_token.get_secret_value() if settings.link_token else None
        log = one.connector.reporter.log
        links = Links(settings.link_url, service.name, token=token, on_accepted=one.ledger.accepted, log=log)
        await serve(one.connector, links, one.markets, unaccepted=lambda: links.unaccepted_trades)
