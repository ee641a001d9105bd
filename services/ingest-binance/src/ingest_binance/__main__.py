"""Start-up of the Binance connector."""

from typing import Final

from msgspec import structs

from coattail_connector import ConnectorService, Parts, start
from ingest_binance.backfill import BinanceBackfill, rate_limit
from ingest_binance.connector import LIFE_SECONDS, BinanceConnector
from ingest_binance.settings import Settings


def connector(settings: Settings, parts: Parts) -> BinanceConnector:
    """A connector of the configured markets."""
    return BinanceConnector(
        settings.symbols,
        str(settings.ws_url),
        parts.reporter,
        options=structs.replace(parts.options, life=LIFE_SECONDS),
        gaps=parts.gaps,
        rest=parts.rest,
        wait=parts.wait,
    )


SERVICE: Final = ConnectorService(
    name="ingest-binance", settings=Settings, connector=connector, backfill=BinanceBackfill, limit=rate_limit
)


def main() -> None:
    """The console script."""
    start(SERVICE)


if __name__ == "__main__":
    main()
