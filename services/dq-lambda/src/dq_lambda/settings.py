"""The Lambda's settings: `DQ_LAMBDA_…` in its environment."""

from decimal import Decimal
from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from coattail_common.contracts import BUS
from coattail_runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    """Judges every trade of the stream. The credentials are those of every AWS client."""

    model_config = SettingsConfigDict(env_prefix="DQ_LAMBDA_")

    dead_letters: str = Field(
        pattern=r"^s3://[^/]+(/.*)?$", description="where refused lines are kept: s3://bucket or s3://bucket/prefix"
    )
    bus: str = Field(BUS, min_length=1, description="the EventBridge bus that gets the events")
    late_seconds: float = Field(60, ge=0, description="a trade received so long after it happened is counted as late")
    floor: Decimal = Field(Decimal(95), gt=0, le=100, description="the quality score, in percent, that is still good")
    period_seconds: int = Field(60, ge=1, description="quality is scored for periods of so many seconds")
    periods: int = Field(5, ge=1, le=60, description="so many bad periods in a row are a degradation")
    report_seconds: float = Field(
        10, ge=0, description="seconds between two reports of a process to the common quality state"
    )
    writers: int = Field(8, ge=1, le=64, description="objects that are written to the zone at once")
    region: str = Field("us-west-2", description="the region of bucket and bus", validation_alias="AWS_REGION")
    endpoint: str | None = Field(
        None, description="the endpoint that serves AWS; default AWS itself", validation_alias="AWS_ENDPOINT_URL"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least level that is logged")

    @property
    def bucket(self) -> str:
        """The zone's bucket."""
        return self.dead_letters.removeprefix("s3://").partition("/")[0]

    @property
    def prefix(self) -> str:
        """What the zone's keys begin with: empty, or ending with a slash."""
        path = self.dead_letters.removeprefix("s3://").partition("/")[2].strip("/")
        return f"{path}/" if path else ""
