"""A connector's process from its settings to its end: what keeps it from its work is one line that says what to set."""

import asyncio
from collections.abc import Callable

import msgspec
from tenacity.wait import wait_base

from coattail_connector.cursors import CursorsBrokenError, CursorsRefusedError
from coattail_connector.frames.messages import ExchangeRefusedError
from coattail_connector.gaps.backfill import Backfill
from coattail_connector.gaps.gap_filling import gap_filling
from coattail_connector.markets.listed import ListMissingError, MarketListError
from coattail_connector.markets.market_watch import configured_markets
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


def start[S: ConnectorSettings](
    service: str,
    settings: type[S],
    connector: Callable[[S, Parts], SocketConnector],
    backfill: Callable[[RestClient], Backfill],
    limit: RateLimit,
) -> None:
    """Read the settings and follow their markets until told to stop.

    `connector` makes it, and `backfill` what fetches its past trades, asking REST within `limit`. Ends the process with code 2
    over what trying again would not mend.
    """
    prefix = settings.model_config.get("env_prefix", "")
    given = read(settings)
    try:
        asyncio.run(_follow(service, given, connector, backfill, limit))
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


async def _follow[S: ConnectorSettings](
    service: str,
    given: S,
    connector: Callable[[S, Parts], SocketConnector],
    backfill: Callable[[RestClient], Backfill],
    limit: RateLimit,
) -> None:
    log = telemetry.logger(service, given.log_level)
    async with configured_markets(given, log) as markets:
        settings = markets.settings
        rest = RestClient(str(settings.rest_url), limit)
        async with gap_filling(settings, settings.exchange, backfill(rest), service, log) as gaps:
            parts = Parts(
                reporter=Reporter(service, log, telemetry.metrics(service)),
                options=SocketOptions(max_size=settings.max_frame_bytes),
                gaps=gaps,
                rest=rest,
                wait=full_jitter(settings.reconnect_seconds),
            )
            token = settings.link_token.get_secret_value() if settings.link_token else None
            links = Links(settings.link_url, service, token=token, on_accepted=gaps.ledger.accepted, log=log)
            await serve(connector(settings, parts), links, markets, unaccepted=lambda: links.unaccepted_trades)
