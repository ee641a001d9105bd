"""Start-up of the Kraken connector."""

import asyncio

from coattail_common import telemetry
from coattail_common.connector import (
    ExchangeRefusedError,
    Reporter,
    RestClient,
    SocketOptions,
    configured_markets,
    full_jitter,
    gap_filling,
    serve,
)
from coattail_common.cursors import CursorsBrokenError
from coattail_common.link import LinkRefusedError, Links
from coattail_common.settings import read, refuse
from coattail_common.symbols import ListMissingError, MarketListError
from ingest_kraken.backfill import KrakenBackfill, rate_limit
from ingest_kraken.connector import KrakenConnector
from ingest_kraken.naming import EXCHANGE
from ingest_kraken.settings import ENV_PREFIX, Settings

SERVICE = "ingest-kraken"


async def start(settings: Settings) -> None:
    """Follow the configured markets until told to stop."""
    log = telemetry.logger(SERVICE, settings.log_level)
    async with configured_markets(settings, log) as markets:
        settings = markets.settings
        rest = RestClient(str(settings.rest_url), rate_limit())
        backfill = KrakenBackfill(rest)
        async with gap_filling(settings, EXCHANGE, backfill, SERVICE, log) as gaps:
            connector = KrakenConnector(
                settings.symbols,
                str(settings.ws_url),
                Reporter(SERVICE, log, telemetry.metrics(SERVICE)),
                options=SocketOptions(max_size=settings.max_frame_bytes),
                gaps=gaps,
                wait=full_jitter(settings.reconnect_seconds),
            )
            token = settings.link_token.get_secret_value() if settings.link_token else None
            link = Links(settings.link_url, SERVICE, token=token, on_accepted=gaps.ledger.accepted, log=log)
            await serve(connector, link, markets, unaccepted=lambda: link.unaccepted_trades)


def main() -> None:
    """The console script."""
    settings = read(Settings)
    try:
        asyncio.run(start(settings))
    except ExchangeRefusedError as error:
        refuse(f"{error}; set {ENV_PREFIX}SYMBOLS, or the list in SSM, to markets it has")
    except (ListMissingError, MarketListError) as error:
        refuse(f"{error}; mend it, or set {ENV_PREFIX}SYMBOLS or {ENV_PREFIX}SSM_PREFIX")
    except CursorsBrokenError as error:
        refuse(f"{error}; move it away to begin from now, or set {ENV_PREFIX}CURSORS")
    except LinkRefusedError as error:
        refuse(f"{error}; set {ENV_PREFIX}LINK_URL or {ENV_PREFIX}LINK_TOKEN")


if __name__ == "__main__":
    main()
