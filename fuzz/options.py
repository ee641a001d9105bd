"""The options of a run: flags, or the environment (`COATTAIL_FUZZ_INPUTS`)."""

from enum import StrEnum
from pathlib import Path

from pydantic import Field

from coattail_harness.options import Listed, of_task
from coattail_runtime.settings import ServiceSettings


class Engine(StrEnum):
    """How inputs are chosen."""

    AUTO = "auto"
    GUIDED = "guided"
    BLIND = "blind"


class Options(ServiceSettings):
    """Gives generated inputs to every parser: of the exchanges' feeds and past trades, the link's frames, the spool's files.

    Ends with 1 when a parser raises, or returns what it may not return.
    """

    model_config = of_task("fuzz")

    inputs: int = Field(1_000_000, ge=1, description="so many for each target")
    only: Listed[str] = Field((), description="these targets alone, as binance,spool")
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 2,
        description="another seed, other inputs; the same ones for the same seed where they are blind",
    )
    engine: Engine = Field(
        Engine.AUTO, description="guided by coverage (Atheris) or blind; auto: guided where Atheris is installed"
    )
    input: Path | None = Field(None, description="put this file to the one target of --only, and say what it comes to")
    folder: Path = Field(Path(".local/fuzz"), description="where inputs that fail are kept, and the logs")
    json_: bool = Field(False, alias="json", description="the report as JSON on standard output, in place of the table")
    plain: bool = Field(False, description="plain lines in place of the progress bar")
