"""The settings of the Coinbase connector: environment variables `INGEST_COINBASE_…`, or flags."""

from typing import Annotated, Final, Literal

from pydantic import Field, WebsocketUrl
from pydantic.networks import HttpUrl
from pydantic_settings import NoDecode, SettingsConfigDict

from coattail_connector import SYMBOLS, ConnectorSettings, symbols_aliases
from ingest_coinbase.feeds import DIALECTS, Feed
from ingest_coinbase.naming import EXCHANGE
from ingest_coinbase.venue import VENUE

ENV_PREFIX: Final = VENUE.prefix


class Settings(ConnectorSettings):
    """Captures the trades of Coinbase and sends them to the kinesis-writer."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, cli_prog_name=VENUE.service)

    exchange = EXCHANGE

    symbols: Annotated[tuple[str, ...], NoDecode] = Field(
        (), validation_alias=symbols_aliases(ENV_PREFIX), description=SYMBOLS
    )
    # Not the enum: the command line would show its members' names.
    feed: Literal["exchange", "advanced"] = Field(
        "exchange", description="which feed: exchange, each trade as it happens; advanced, those of 250 ms together"
    )
    ws_url: WebsocketUrl = Field(
        WebsocketUrl(DIALECTS[Feed.EXCHANGE].address), description="address of the feed; that of the feed unless given"
    )
    rest_url: HttpUrl = Field(HttpUrl(VENUE.rest_url), description="address of the REST API, for filling gaps")
    health_port: int = Field(
        VENUE.health_port, ge=0, le=65535, description="port the health probes are answered on; 0 takes a free one"
    )

    @property
    def feed_url(self) -> str:
        """Where the feed is: at `ws_url` if that was given, else where the exchange has it."""
        return str(self.ws_url) if "ws_url" in self.model_fields_set else DIALECTS[Feed(self.feed)].address
