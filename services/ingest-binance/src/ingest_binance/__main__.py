"""Start-up of the Binance connector."""

import asyncio

from coattail_common import telemetry
from coattail_common.connector import ExchangeRefusedError, Reporter, SocketOptions, serve
from coattail_common.link import LinkClient, LinkRefusedError
from coattail_common.settings import read, refuse
from ingest_binance.connector import BinanceConnector
from ingest_binance.settings import ENV_PREFIX, Settings

SERVICE = "ingest-binance"


async def start(settings: Settings) -> None:
    """Follow the configured markets until told to stop."""
    log = telemetry.logger(SERVICE, settings.log_level)
    connector = BinanceConnector(
        settings.symbols,
        str(settings.ws_url),
        Reporter(SERVICE, log, telemetry.metrics(SERVICE)),
        options=SocketOptions(max_size=settings.max_frame_bytes),
        rest_url=str(settings.rest_url),
    )
    token = settings.link_token.get_secret_value() if settings.link_token else None
    link = LinkClient(str(settings.link_url), SERVICE, token=token, log=log)
    await serve(connector, link, settings, unaccepted=lambda: link.unaccepted_trades)


def main() -> None:
    """The console script."""
    settings = read(Settings)
    try:
        asyncio.run(start(settings))
    except ExchangeRefusedError as error:
        refuse(f"{error}; set {ENV_PREFIX}SYMBOLS to markets it has")
    except LinkRefusedError as error:
        refuse(f"{error}; set {ENV_PREFIX}LINK_URL or {ENV_PREFIX}LINK_TOKEN")


if __name__ == "__main__":
    main()
