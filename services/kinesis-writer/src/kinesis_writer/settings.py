"""The writer's settings: `KINESIS_WRITER_…` in the environment, or flags."""

from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from coattail_runtime.link.frames import MAX_LINES_BYTES
from coattail_runtime.settings import REGION, ServiceSettings
from kinesis_writer.kafka_login import Login
from kinesis_writer.stream import MAX_RECORD_BYTES

_KEY_BYTES = 256


class SinkFormat(StrEnum):
    """What the stream is."""

    KINESIS = "kinesis"
    KAFKA = "kafka"


class Settings(ServiceSettings):
    """Takes trades from the connectors and puts them on Kinesis or Kafka, in order per market.

    The endpoint of Kinesis (`AWS_ENDPOINT_URL`) and the credentials are those of every AWS client.
    """

    model_config = SettingsConfigDict(env_prefix="KINESIS_WRITER_", cli_prog_name="kinesis-writer")

    sink_format: SinkFormat = Field(SinkFormat.KINESIS, description="what the stream is")
    stream: str = Field(
        "crypto-pulse-trades",
        min_length=1,
        max_length=128,
        description="the name of the stream, or of the topic of Kafka",
    )
    region: str = Field("us-west-2", pattern=REGION, description="the stream's region")
    kafka_brokers: str | None = Field(
        None, pattern=r"^[^\s,]+:\d+(,[^\s,]+:\d+)*$", description="where Kafka is asked first, as HOST:PORT,HOST:PORT"
    )
    kafka_login: Login = Field(
        Login.TLS, description="how a broker of Kafka is reached; plaintext is for a network of one's own"
    )
    link_host: str = Field("127.0.0.1", description="address on which connectors are served")
    link_port: int = Field(7070, ge=0, le=65535, description="port on which connectors are served; 0: any free one")
    link_socket: Path | None = Field(
        None, description="path of a unix socket on which connectors of this machine are served, instead of a port"
    )
    link_token: SecretStr | None = Field(
        None,
        min_length=1,
        description="what a connector must show; to be set when others than this machine can connect",
    )
    record_bytes: int = Field(
        50_000,
        ge=1_000,
        le=MAX_RECORD_BYTES - _KEY_BYTES,
        description="bytes of lines with which a record leaves; one that had to wait for another takes up to ten times as much",
    )
    record_age: float = Field(
        0.02, ge=0, le=60, description="seconds after which a record leaves although it is not full"
    )
    max_bytes: int = Field(
        64 * 1024 * 1024, ge=2 * MAX_LINES_BYTES, description="bytes of trades held before connectors are made to wait"
    )
    spool: Path | None = Field(
        None,
        description="folder on disk for what max_bytes has no room for, while the stream is away; "
        "one writer to a folder; unset: connectors wait instead",
    )
    spool_bytes: int = Field(
        1024 * 1024 * 1024,
        ge=4 * MAX_LINES_BYTES,
        description="bytes of trades in the spool before connectors are made to wait",
    )
    max_calls: int = Field(4, ge=1, le=64, description="calls to the stream under way at once")
    drain_seconds: float = Field(
        25,
        ge=0,
        le=110,
        description="seconds to bring in what is held after SIGTERM; what is left then goes to the spool, if there is one",
    )
    degraded_seconds: float = Field(
        30, gt=0, description="age of the oldest trade not in the stream beyond which the writer calls itself degraded"
    )
    health_host: str = Field("127.0.0.1", description="address of /health/live and /health/ready")
    health_port: int = Field(
        7071, ge=0, le=65535, description="port of /health/live and /health/ready; 0: any free one"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least level that is logged")

    @model_validator(mode="after")
    def _kafka_is_somewhere(self) -> Self:
        if self.sink_format is SinkFormat.KAFKA and self.kafka_brokers is None:
            problem = "the stream is a topic of Kafka: set KINESIS_WRITER_KAFKA_BROKERS"
            raise ValueError(problem)
        return self

    @model_validator(mode="after")
    def _no_stranger_sends(self) -> Self:
        """A process that reaches the link can put trades on the stream."""
        if self.link_token is None and self.link_socket is None and not _this_machine(self.link_host):
            problem = f"the link is served on {self.link_host}, to other machines: set KINESIS_WRITER_LINK_TOKEN"
            raise ValueError(problem)
        return self


def _this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
