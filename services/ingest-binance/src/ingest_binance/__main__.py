"""Start-up of the Binance connector."""

from coattail_common import telemetry
from coattail_common.connector import (
    Reporter,
    RestClient,
    SocketOptions,
    configured_markets,
    full_jitter,
    gap_filling,
    links,
    serve,
    start,
)
from ingest_binance.backfill import BinanceBackfill, rate_limit
from ingest_binance.connector import LIFE_SECONDS, BinanceConnector
from ingest_binance.naming import EXCHANGE
from ingest_binance.settings import Settings

SERVICE = "ingest-binance"


async def follow(settings: Settings) -> None:
    """Follow the configured markets until told to stop."""
    log = telemetry.logger(SERVICE, settings.log_level)
    async with configured_markets(settings, log) as markets:
        settings = markets.settings
        rest = RestClient(str(settings.rest_url), rate_limit())
        backfill = BinanceBackfill(rest)
        async with gap_filling(settings, EXCHANGE, backfill, SERVICE, log) as gaps:
            connector = BinanceConnector(
                settings.symbols,
                str(settings.ws_url),
                Reporter(SERVICE, log, telemetry.metrics(SERVICE)),
                options=SocketOptions(max_size=settings.max_frame_bytes, life=LIFE_SECONDS),
                gaps=gaps,
                rest=rest,
                wait=full_jitter(settings.reconnect_seconds),
            )
            link = links(settings, SERVICE, gaps.ledger, log)
            await serve(connector, link, markets, unaccepted=lambda: link.unaccepted_trades)


def main() -> None:
    """The console script."""
    start(Settings, follow)


if __name__ == "__main__":
    main()
