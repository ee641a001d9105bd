"""The settings that all connectors have, under each one's own prefix."""

import json
from collections.abc import Sequence
from typing import Annotated, ClassVar, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, WebsocketUrl, field_validator, model_validator
from pydantic.networks import HttpUrl
from pydantic_settings import NoDecode
from websockets.exceptions import InvalidURI

from coattail_connector.cursors import cursor_setting
from coattail_connector.markets.listed import plain
from coattail_connector.markets.markets import market
from coattail_runtime.link import Address
from coattail_runtime.settings import REGION, ServiceSettings, listed

SYMBOLS: Final = "markets: BTC-USDT,ETH-USDT or a JSON list; none, where the list is in SSM"


def symbols_aliases(env_prefix: str) -> AliasChoices:
    """The names of the setting `symbols`: the service's own, and `SYMBOLS`, by which tasks divide the markets between
    them.
    """
    return AliasChoices(f"{env_prefix}symbols".lower(), "symbols")


class ConnectorSettings(ServiceSettings):
    """The base of a connector's settings. A subclass gives the prefix, the names of `symbols`, and the addresses."""

    deployed: ClassVar[frozenset[str]] = frozenset({"SYMBOLS"})
    """By `SYMBOLS` a task definition divides the markets between tasks."""
    exchange: ClassVar[str] = ""
    """The exchange's name in the notation of markets, which may be left out: `binance:BTC-USDT`."""

    symbols: Annotated[tuple[str, ...], NoDecode] = Field((), description=SYMBOLS)
    ssm_prefix: str = Field(
        "",
        description="where no markets are named: the prefix of the SSM parameter PREFIX/features/symbols, which lists those of "
        "all exchanges; /coattail/dev",
    )
    symbols_seconds: float = Field(
        60,
        gt=0,
        description="about how long after a reading of that list it is read again; what it says then is followed",
    )
    ws_url: WebsocketUrl = Field(description="address of the exchange's WebSocket feed")
    rest_url: HttpUrl = Field(description="address of the exchange's REST API")
    link_url: Annotated[tuple[str, ...], NoDecode, BeforeValidator(listed)] = Field(
        ("ws://127.0.0.1:7070",),
        min_length=1,
        description="address of the kinesis-writer's link: ws://HOST:PORT, or unix:/PATH; several writers by commas, a market then "
        "holds to one of them",
    )
    link_token: SecretStr | None = Field(
        None, min_length=1, description="what the kinesis-writer wants to hear from its connectors"
    )
    health_host: str = Field("127.0.0.1", description="address the health probes are answered on")
    health_port: int = Field(ge=0, le=65535, description="port the health probes are answered on; 0 takes a free one")
    queue_size: int = Field(
        10_000, ge=1, description="trades between the socket and the link; a full queue slows the socket"
    )
    max_frame_bytes: int = Field(
        2**22, ge=1024, description="a longer frame closes the connection, which is then made again"
    )
    drain_seconds: float = Field(
        25,
        gt=0,
        le=110,
        description="how long the end may take to have every trade accepted; cursors and events then take ten seconds at most",
    )
    metrics_seconds: float = Field(10, gt=0, description="time between two publications of the metrics")
    cursors: str = Field(
        "none",
        description="where the ids are kept up to which everything is in the stream, for the next process to go on from: "
        "none, file:FOLDER or dynamodb:TABLE",
    )
    cursor_seconds: float = Field(2, gt=0, description="time between two writings of the cursors")
    backfill_trades: int = Field(
        200_000, ge=0, description="trades of one gap that are fetched by REST, its newest; 0: gaps are only reported"
    )
    hold_seconds: float = Field(
        5, ge=0, description="how long a market's later trades wait for missing ones; then they pass them"
    )
    hold_trades: int = Field(2_000, ge=0, description="how many of a market's later trades wait for missing ones")
    reconnect_seconds: float = Field(
        60, gt=0, description="the longest that is waited before the exchange is tried again; all jitter, less at first"
    )
    event_bus: str = Field("", description="the EventBridge bus that gets gaps and stalls, coattail; empty: none")
    region: str = Field(
        "us-west-2", pattern=REGION, description="the AWS region of the list of markets, the table and the bus"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="least severe log line that is written"
    )

    @field_validator("symbols", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """A comma list, or a JSON list, from the environment or a flag."""
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            try:
                return json.loads(value)
            except json.JSONDecodeError as error:
                message = f"no JSON list: {error}"
                raise ValueError(message) from error
        return listed(value)

    @field_validator("link_url")
    @classmethod
    def _are_addresses(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        for url in urls:
            try:
                Address.parse(url)
            except InvalidURI as error:
                raise ValueError(str(error)) from error
            if url.startswith("ws://") and urlsplit(url).port is None:
                message = f"{url} names no port, as ws://HOST:7070"
                raise ValueError(message)
        return tuple(dict.fromkeys(urls))

    @field_validator("cursors")
    @classmethod
    def _are_kept_somewhere(cls, cursors: str) -> str:
        cursor_setting(cursors)
        return cursors

    @field_validator("symbols")
    @classmethod
    def _are_markets(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        symbols = plain(names, cls.exchange)
        for symbol in symbols:
            market("", symbol)
        return symbols

    @model_validator(mode="after")
    def _are_listed_somewhere(self) -> Self:
        if not self.symbols and not self.ssm_prefix.strip("/"):
            prefix = self.model_config.get("env_prefix", "")
            message = (
                f"no markets: name them in {prefix}SYMBOLS or --symbols, or where they are listed in {prefix}SSM_PREFIX or "
                "--ssm-prefix"
            )
            raise ValueError(message)
        return self

    @property
    def list_parameter(self) -> str:
        """The SSM parameter that lists the markets; empty where they are named here."""
        return "" if self.symbols else f"/{self.ssm_prefix.strip('/')}/features/symbols"

    def following(self, symbols: Sequence[str]) -> Self:
        """These settings with other markets. Raises `pydantic.ValidationError` when the exchange cannot serve these."""
        # What was not given is not given by this either: a default may depend on another setting.
        return type(self).model_validate({**self.model_dump(exclude_unset=True), "symbols": tuple(symbols)})
