"""The options of the simulator: flags, or the environment (``EXCHANGE_SIMULATOR_PORT``)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_Seconds = Annotated[float, Field(gt=0)]


class Settings(BaseSettings):
    """Simulate Binance spot, Coinbase Exchange and Kraken on this machine, or replay a recording of one of the first two."""

    model_config = SettingsConfigDict(
        env_prefix="EXCHANGE_SIMULATOR_",
        cli_prog_name="exchange-simulator",
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_hide_none_type=True,
        cli_avoid_json=True,
        extra="forbid",
        allow_inf_nan=False,
        frozen=True,
    )

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(0, ge=0, le=65_535, description="port to listen on; 0 takes a free one")
    seed: int | None = Field(None, description="seed of the generated markets; wins over the scenario's")
    scenario: Path | None = Field(None, description="YAML file with markets, events and misbehaviour")
    rate: float | None = Field(
        None, gt=0, le=50_000, description="background trades per second; wins over the scenario's"
    )
    replay: list[Path] = Field([], description="recordings to play instead of generating")
    exchange: Literal["binance", "coinbase"] | None = Field(None, description="which exchange the recordings are of")
    speed: float = Field(
        1.0, ge=0, le=1000, description="pace of a replay: 1 as recorded, 0 as fast as the consumers take it"
    )
    truth: Path | None = Field(None, description="file to write the truth to at the end (JSON)")
    autostart: bool = Field(False, description="begin at once, without waiting for POST /control/start")
    seconds: float | None = Field(None, gt=0, description="finish after this much of the time line")
    json_logs: bool = Field(False, description="log JSON lines to stderr instead of text")
    history: int = Field(500_000, ge=1000, description="trades per market that REST still knows")
    binance_ping_interval: _Seconds = Field(20.0, description="seconds between Binance's pings")
    binance_pong_timeout: _Seconds = Field(
        60.0, description="seconds without a ping's payload coming back before the close"
    )
    binance_connection_life: _Seconds = Field(86_400.0, description="seconds a Binance connection lives")
    binance_shutdown_notice: _Seconds = Field(10.0, description="seconds between serverShutdown and the close")
    binance_weight_limit: int = Field(6000, ge=1, description="Binance's request weight per minute")
    coinbase_subscribe_within: _Seconds = Field(5.0, description="seconds a Coinbase client has to subscribe")
    coinbase_rest_rate: _Seconds = Field(10.0, description="Coinbase REST requests per second")
    coinbase_rest_burst: int = Field(15, ge=1, description="Coinbase REST requests at once")
    kraken_rest_rate: _Seconds = Field(1.0, description="Kraken REST requests per second")

    @model_validator(mode="after")
    def _replay_or_generate(self) -> Self:
        if self.replay and self.exchange is None:
            raise ValueError("--replay needs --exchange: a recording does not say which exchange it is of")
        if not self.replay and self.exchange is not None:
            raise ValueError("--exchange belongs to --replay; a scenario names the exchange of each market")
        if not self.replay and self.speed != 1.0:
            raise ValueError("--speed belongs to --replay; generated trades happen now")
        if self.replay and (self.scenario is not None or self.seed is not None or self.rate is not None):
            raise ValueError("--replay plays what was recorded; --scenario, --seed and --rate cannot be given with it")
        return self


def one_each(arguments: Sequence[str], flag: str) -> list[str]:
    """Let a flag take several values, as wildcards give them: ``--replay a b`` is ``--replay a --replay b``."""
    result: list[str] = []
    in_flag, values = False, 0
    for argument in arguments:
        if argument.startswith("-"):
            in_flag, values = argument == flag, 0
        elif in_flag:
            if values:
                result.append(flag)
            values += 1
        result.append(argument)
    return result
