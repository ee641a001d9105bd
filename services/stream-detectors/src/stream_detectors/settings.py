"""The application's settings."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from coattail_runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    """Lands every trade once and runs the detectors over them. Each setting is a flag, or an environment variable STREAM_DETECTORS_…"""

    model_config = SettingsConfigDict(env_prefix="STREAM_DETECTORS_")

    stream: str = Field("crypto-pulse-trades", description="the Kinesis stream to read")
    region: str = Field("us-west-2", description="the AWS region of stream, bus and catalog")
    endpoint: str | None = Field(
        None, description="the endpoint that serves AWS; default AWS itself", validation_alias="AWS_ENDPOINT_URL"
    )
    catalog: Literal["glue", "hadoop"] = Field(
        "glue", description="the Iceberg catalog: Glue, or a folder (hadoop) for work without a cloud"
    )
    warehouse: str = Field("s3://coattail-local-lake/warehouse", description="where the tables are")
    database: str = Field("coattail", description="the database of the tables")
    seals: str = Field(
        "s3://coattail-local-checkpoints/stream-detectors",
        description="where the state that belongs to each landing is kept",
    )
    bus: str = Field("coattail", description="the EventBridge bus that alerts leave by; empty: none")
    features: str = Field("features.yaml", description="the file that says how the modules run")
    tier: str = Field("tier.yaml", description="the file that lists the modules there are")
    trigger_seconds: float = Field(0.5, gt=0, le=60, description="at most one batch in this time")
    landing_seconds: float = Field(30.0, gt=0, le=600, description="the tables are committed this often")
    landing_trades: int = Field(300_000, gt=0, description="or when so many trades wait to be landed")
    batch_bytes: int = Field(24 * 1024 * 1024, gt=0, description="at most so much of the stream a batch")
    recorded: str | None = Field(
        None, description="a folder of records read before, in place of the stream (benchmarks, tests)"
    )
    scratch: str | None = Field(
        None,
        description="where Structured Streaming's own checkpoint lies while this runs; by default the system's temporary folder",
    )
    warm_up_rounds: int = Field(
        8,
        ge=1,
        le=100,
        description="made-up batches before the first real one; fewer start sooner, and the first alerts are slower",
    )
    hold: Path | None = Field(
        None,
        description="a file to wait for before anything is asked of stream and tables, for a start ahead of the platform; default: none",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="the least level of the log")
