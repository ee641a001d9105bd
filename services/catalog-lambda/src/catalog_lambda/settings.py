"""The Lambda's settings: `CATALOG_LAMBDA_…` in its environment."""

from typing import Annotated, Final, Literal

from pydantic import Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from coattail_common.contracts import BUS
from coattail_detectors import ModuleRegistry
from coattail_runtime.settings import ServiceSettings

ALL: Final = "all"
MODULE_IDS: Final = frozenset(one.module_id for one in ModuleRegistry.load().modules)
"""The modules that own a table."""


class Settings(ServiceSettings):
    """Creates the tables of the lakehouse. The credentials are those of every AWS client."""

    model_config = SettingsConfigDict(env_prefix="CATALOG_LAMBDA_")

    warehouse: str = Field(pattern=r"^(s3|file)://.+$", description="where the tables are: s3://bucket/warehouse")
    database: str = Field(
        "coattail", pattern=r"^[a-z0-9_]{1,255}$", description="the Glue database; Glue's names are lower case"
    )
    bus: str = Field(BUS, min_length=1, description="the EventBridge bus that gets the events")
    modules: Annotated[frozenset[str] | None, NoDecode] = Field(
        None,
        description="the modules whose tables are created: MOD-001,MOD-002 or all; empty: the core tables only; default: those that "
        "the parameter lists, or all without one",
    )
    ssm_prefix: str = Field(
        "",
        description="the SSM parameter /{prefix}/features/modules lists the modules of the tier; default: no parameter",
    )
    region: str = Field("us-west-2", description="the region of catalog and bus", validation_alias="AWS_REGION")
    endpoint: str | None = Field(
        None, description="the endpoint that serves AWS; default AWS itself", validation_alias="AWS_ENDPOINT_URL"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least level that is logged")

    @field_validator("modules", mode="before")
    @classmethod
    def _list(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return MODULE_IDS if value.strip() == ALL else frozenset(filter(None, map(str.strip, value.split(","))))

    @field_validator("modules")
    @classmethod
    def _known(cls, modules: frozenset[str] | None) -> frozenset[str] | None:
        if unknown := sorted((modules or frozenset()) - MODULE_IDS):
            message = f"no table belongs to {', '.join(unknown)}; there are {', '.join(sorted(MODULE_IDS))}, or {ALL}"
            raise ValueError(message)
        return modules

    @property
    def modules_parameter(self) -> str:
        """The name of the SSM parameter that lists the modules; empty where none is read."""
        prefix = self.ssm_prefix.strip("/")
        return f"/{prefix}/features/modules" if prefix and self.modules is None else ""
