"""The settings of the Binance connector: environment variables `INGEST_BINANCE_…`, or flags."""

from typing import Annotated, Final

from pydantic import Field, WebsocketUrl, field_validator
from pydantic.networks import HttpUrl
from pydantic_settings import NoDecode, SettingsConfigDict

from coattail_connector import SYMBOLS, ConnectorSettings, symbols_aliases
from ingest_binance.naming import EXCHANGE, markets_by_name
from ingest_binance.venue import VENUE

ENV_PREFIX: Final = VENUE.prefix
STREAMS_PER_CONNECTION: Final = 1024
"""The exchange's limit."""


class Settings(ConnectorSettings):
    """Captures the trades of Binance spot and sends them to the kinesis-writer."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, cli_prog_name=VENUE.service)

    exchange = EXCHANGE

    symbols: Annotated[tuple[str, ...], NoDecode] = Field(
        (), validation_alias=symbols_aliases(ENV_PREFIX), description=SYMBOLS
    )
    ws_url: WebsocketUrl = Field(WebsocketUrl(VENUE.ws_url), description="address of the combined streams")
    rest_url: HttpUrl = Field(
        HttpUrl(VENUE.rest_url),
        description="address of the REST API, asked whether the markets exist, and for missing trades",
    )
    health_port: int = Field(
        VENUE.health_port, ge=0, le=65535, description="port the health probes are answered on; 0 takes a free one"
    )

    @field_validator("symbols")
    @classmethod
    def _fit_one_connection(cls, symbols: tuple[str, ...]) -> tuple[str, ...]:
        if len(symbols) > STREAMS_PER_CONNECTION:
            message = (
                f"{len(symbols)} markets, but Binance allows {STREAMS_PER_CONNECTION} streams a connection; "
                "divide them over several connectors"
            )
            raise ValueError(message)
        markets_by_name(symbols)
        return symbols
