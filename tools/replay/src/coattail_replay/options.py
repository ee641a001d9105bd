"""The options of the replay: flags, or the environment (`COATTAIL_REPLAY_CONFIG`)."""

import re
from pathlib import Path
from typing import Annotated, Final, Self

import psutil
from pydantic import AliasChoices, BeforeValidator, Field, field_validator, model_validator
from pydantic_settings import CliPositionalArg, NoDecode

from coattail_harness.options import Symbols, of_task
from coattail_replay.engines import EngineName
from coattail_replay.formats import Format
from coattail_runtime.settings import ServiceSettings, listed

_MEMORY: Final = re.compile(r"([0-9]{1,9})([mg])").fullmatch
_SHIFTS: Final = {"m": 20, "g": 30}
_LEAST_MEMORY: Final = 1 << 30


class Options(ServiceSettings):
    """Runs files of trades through the quality rules and the detectors on this machine, with no cloud."""

    model_config = of_task("replay")

    files: CliPositionalArg[list[Path]] = Field(description="recordings, dumps, CSV or Parquet, plain or packed")
    detectors: Annotated[tuple[str, ...] | None, NoDecode, BeforeValidator(listed)] = Field(
        None, description="the modules to run, as whale-detector,volume-anomaly; default: those of the small tier"
    )
    format: Format | None = Field(None, description="what the files are; default: what their first lines show")
    exchange: str | None = Field(None, description="the exchange, for files that do not say it")
    columns: str | None = Field(
        None, description="which column holds what: symbol=…,timestamp=…,side=…,price=…,quantity=…"
    )
    symbols: Symbols = Field(
        (),
        validation_alias=AliasChoices("coattail_replay_symbols", "symbols", "symbol"),
        description="markets by our names, BTC-USDT,…: for names that cannot be parted, and for a file that does not say its market",
    )
    config: Path | None = Field(None, description="the features file; default: config/features.yaml")
    report: Path | None = Field(None, description="file for the report, as JSON")
    alerts: Path | None = Field(
        None, description="file for the alerts, JSON lines; default: .local/replay/alerts.jsonl"
    )
    tables: Path | None = Field(None, description="folder for each module's table; default: .local/replay/tables")
    plots: Path | None = Field(None, description="folder for a picture of each market; default: .local/replay/plots")
    warehouse: Path | None = Field(None, description="folder for the lakehouse; default: .local/replay/warehouse")
    engine: EngineName = Field(
        EngineName.ARROW, description="arrow: in this process, at once; spark: as a cluster does it"
    )
    memory: str = Field("3g", description="memory to use, as 3g or 3000m; at least 1g")
    plain: bool = Field(False, description="plain lines in place of the progress bar")
    json_: bool = Field(
        False, alias="json", description="the report as JSON on standard output, in place of the tables"
    )

    @property
    def memory_bytes(self) -> int:
        """The memory in bytes."""
        return _bytes_of(self.memory)

    @field_validator("memory")
    @classmethod
    def _is_there(cls, value: str) -> str:
        size = _bytes_of(value)
        there = psutil.virtual_memory().total
        if not _LEAST_MEMORY <= size <= there:
            raise ValueError(
                f"{value} is not from 1g, the least that is of use, to {there >> 20}m, which this machine has"
            )
        return value

    @model_validator(mode="after")
    def _files_are_given(self) -> Self:
        if not self.files:
            raise ValueError("name at least one file")
        return self


def _bytes_of(memory: str) -> int:
    told = _MEMORY(memory)
    if told is None:
        raise ValueError(f"{memory!r} is no amount of memory; write 3g or 3000m")
    return int(told[1]) << _SHIFTS[told[2]]
