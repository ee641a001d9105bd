"""The options of the demo: flags, or the environment (`COATTAIL_DEMO_SECONDS`)."""

from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from coattail_harness.options import of_task, require_folder
from coattail_runtime.settings import ServiceSettings

GENERATED_SECONDS: Final = 60.0


class Options(ServiceSettings):
    """Runs Coat Tail on this machine, shows it working, and proves from its tables that nothing was lost or doubled."""

    model_config = of_task("demo")

    seconds: float | None = Field(
        None, gt=0, description="how long trades flow; default: 60, and a replay plays to its end"
    )
    seed: int | None = Field(None, description="seed of the generated markets")
    rate: float | None = Field(None, gt=0, le=50_000, description="background trades a second; default: 1000")
    scenario: Path | None = Field(
        None, description="a file of config/scenarios, or one like it; default: config/scenarios/demo.yaml"
    )
    features: Path | None = Field(
        None,
        description="the features file; default: config/demo.yaml for generated markets, else config/features.yaml",
    )
    replay: list[Path] = Field([], description="recordings to play in place of generated markets")
    exchange: Literal["binance", "coinbase"] | None = Field(None, description="the exchange the recordings are of")
    speed: float = Field(1.0, ge=0, le=1000, description="pace of a replay: 1 as recorded, 0 as fast as it is taken")
    live: bool = Field(False, description="follow the real exchanges; nothing is simulated")
    report: Path | None = Field(None, description="file for the report, as JSON")
    keep: bool = Field(False, description="leave the local cloud up; the next demo goes on with it and its tables")
    fresh: bool = Field(False, description="end a kept cloud, its tables with it, and begin with a new one")
    plain: bool = Field(False, description="plain lines in place of the live view")
    state: Path | None = Field(None, description="folder for logs and state; default: .local/demo")
    cloud_port: int = Field(0, ge=0, le=65_535, description="port of the local cloud; 0 takes a free one")
    simulator_port: int = Field(0, ge=0, le=65_535, description="port of the simulator; 0 takes a free one")
    link_port: int = Field(0, ge=0, le=65_535, description="port of the writer's link; 0 takes a free one")
    landing_seconds: float = Field(30, gt=0, le=600, description="seconds between two commits of the tables")
    patience: float = Field(
        90, gt=0, description="seconds without progress after which no more is waited for at the end"
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.replay and self.exchange is None:
            raise ValueError("--replay needs --exchange: a recording does not say which exchange it is of")
        if self.exchange is not None and not self.replay:
            raise ValueError("--exchange belongs to --replay")
        if self.speed != 1.0 and not self.replay:
            raise ValueError("--speed belongs to --replay; generated and live trades happen now")
        generated = [name for name in ("scenario", "seed", "rate") if getattr(self, name) is not None]
        if generated and (self.replay or self.live):
            source = "--live" if self.live else "--replay"
            raise ValueError(f"--{generated[0]} is for generated trades and cannot be given with {source}")
        if self.live and self.replay:
            raise ValueError("--live and --replay cannot be given together")
        return self

    @model_validator(mode="after")
    def _files_exist(self) -> Self:
        for flag, path in [
            ("scenario", self.scenario),
            ("features", self.features),
            *(("replay", path) for path in self.replay),
        ]:
            if path is not None and not path.is_file():
                raise ValueError(f"--{flag} {path}: there is no such file")
        require_folder("--report", self.report)
        return self

    @property
    def generates(self) -> bool:
        """Whether the trades are generated, so that what was injected is known."""
        return not self.live and not self.replay

    @property
    def duration(self) -> float | None:
        """Seconds that trades flow; None for a replay to its end."""
        return self.seconds if self.seconds is not None or self.replay else GENERATED_SECONDS
