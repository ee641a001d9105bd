"""The settings of the Kraken connector: environment variables `INGEST_KRAKEN_…`, or flags."""

from typing import Annotated, Final

from pydantic import Field, WebsocketUrl
from pydantic.networks import HttpUrl
from pydantic_settings import NoDecode, SettingsConfigDict

from coattail_connector import SYMBOLS, ConnectorSettings, symbols_aliases
from ingest_kraken.naming import EXCHANGE
from ingest_kraken.venue import VENUE

ENV_PREFIX: Final = VENUE.prefix


class Settings(ConnectorSettings):
    """Captures the trades of Kraken's spot markets and sends them to the kinesis-writer."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, cli_prog_name=VENUE.service)

    exchange = EXCHANGE

    symbols: Annotated[tuple[str, ...], NoDecode] = Field(
        (), validation_alias=symbols_aliases(ENV_PREFIX), description=SYMBOLS
    )
    ws_url: WebsocketUrl = Field(WebsocketUrl(VENUE.ws_url), description="address of the feed")
    rest_url: HttpUrl = Field(HttpUrl(VENUE.rest_url), description="address of the REST API, for filling gaps")
    health_port: int = Field(
        VENUE.health_port, ge=0, le=65535, description="port the health probes are answered on; 0 takes a free one"
    )
