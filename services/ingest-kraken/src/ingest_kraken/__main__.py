"""Start-up of the Kraken connector."""

from coattail_connector import Parts, start
from ingest_kraken.backfill import KrakenBackfill, rate_limit
from ingest_kraken.connector import KrakenConnector
from ingest_kraken.settings import Settings

SERVICE = "ingest-kraken"


def connector(settings: Settings, parts: Parts) -> KrakenConnector:
    """A connector of the configured markets."""
    return KrakenConnector(
        settings.symbols,
        str(settings.ws_url),
        parts.reporter,
        options=parts.options,
        gaps=parts.gaps,
        wait=parts.wait,
    )


def main() -> None:
    """The console script."""
    start(SERVICE, Settings, connector, KrakenBackfill, rate_limit())


if __name__ == "__main__":
    main()
