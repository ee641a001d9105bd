"""Start-up of the Kraken connector."""

from typing import Final

from coattail_connector import ConnectorService, Parts, start
from ingest_kraken.backfill import KrakenBackfill, rate_limit
from ingest_kraken.connector import KrakenConnector
from ingest_kraken.settings import Settings


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


SERVICE: Final = ConnectorService(
    name="ingest-kraken", settings=Settings, connector=connector, backfill=KrakenBackfill, limit=rate_limit
)


def main() -> None:
    """The console script."""
    start(SERVICE)


if __name__ == "__main__":
    main()
