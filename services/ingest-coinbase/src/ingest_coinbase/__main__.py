"""Start-up of the Coinbase connector."""

from coattail_connector import Parts, start
from ingest_coinbase.backfill import CoinbaseBackfill, rate_limit
from ingest_coinbase.connector import CoinbaseConnector
from ingest_coinbase.feeds import Feed
from ingest_coinbase.settings import Settings

SERVICE = "ingest-coinbase"


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


def main() -> None:
    """The console script."""
    start(SERVICE, Settings, connector, CoinbaseBackfill, rate_limit())


if __name__ == "__main__":
    main()
