"""Start-up of the Coinbase connector."""

from typing import Final

from coattail_connector import ConnectorService, Parts, start
from ingest_coinbase.backfill import CoinbaseBackfill, rate_limit
from ingest_coinbase.connector import CoinbaseConnector
from ingest_coinbase.feeds import Feed
from ingest_coinbase.settings import Settings


def connector(settings: Settings, parts: Parts) -> CoinbaseConnector:
    """A connector of the configured markets."""
    return CoinbaseConnector(
        settings.symbols,
        settings.feed_url,
        parts.reporter,
        feed=Feed(settings.feed),
        options=parts.options,
        gaps=parts.gaps,
        wait=parts.wait,
    )


SERVICE: Final = ConnectorService(
    name="ingest-coinbase", settings=Settings, connector=connector, backfill=CoinbaseBackfill, limit=rate_limit
)


def main() -> None:
    """The console script."""
    start(SERVICE)


if __name__ == "__main__":
    main()
