"""Start-up of the Coinbase connector."""

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
from ingest_coinbase.backfill import CoinbaseBackfill, rate_limit
from ingest_coinbase.connector import CoinbaseConnector
from ingest_coinbase.feeds import Feed
from ingest_coinbase.naming import EXCHANGE
from ingest_coinbase.settings import Settings

SERVICE = "ingest-coinbase"


async def follow(settings: Settings) -> None:
    """Follow the configured markets until told to stop."""
    log = telemetry.logger(SERVICE, settings.log_level)
    async with configured_markets(settings, log) as markets:
        settings = markets.settings
        rest = RestClient(str(settings.rest_url), rate_limit())
        backfill = CoinbaseBackfill(rest)
        async with gap_filling(settings, EXCHANGE, backfill, SERVICE, log) as gaps:
            connector = CoinbaseConnector(
                settings.symbols,
                settings.feed_url,
                Reporter(SERVICE, log, telemetry.metrics(SERVICE)),
                feed=Feed(settings.feed),
                options=SocketOptions(max_size=settings.max_frame_bytes),
                gaps=gaps,
                wait=full_jitter(settings.reconnect_seconds),
            )
            link = links(settings, SERVICE, gaps.ledger, log)
            await serve(connector, link, markets, unaccepted=lambda: link.unaccepted_trades)


def main() -> None:
    """The console script."""
    start(Settings, follow)


if __name__ == "__main__":
    main()
