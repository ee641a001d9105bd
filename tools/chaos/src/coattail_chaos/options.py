"""The options of a run: flags, or the environment (`COATTAIL_CHAOS_SECONDS`)."""

from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, GetPydanticSchema, field_validator, model_validator
from pydantic_core import core_schema

from coattail_chaos.bus.run import Wishes as BusWishes
from coattail_chaos.exchange import EXCHANGES, MARKETS
from coattail_chaos.plan import LONG_SECONDS, Name
from coattail_chaos.tables.run import Wishes as TablesWishes
from coattail_harness.options import Listed, of_task, require_folder
from coattail_runtime.settings import ServiceSettings

_RATE: Final = 1_000.0
_QUICK_RATE: Final = 1_500.0
"""Memory and spool are full sooner."""
_BUS_RATE: Final = 100.0
_ROUNDS: Final = 6
_MOST_WRITERS: Final = 4

type Exchange = Annotated[str, GetPydanticSchema(lambda _, __: core_schema.literal_schema(list(EXCHANGES)))]
"""One of those that are installed."""


class Options(ServiceSettings):
    """Runs simulator, connectors and writers, or the Spark application, injects faults between them, and proves that nothing was lost.

    Ends with 1 when a trade is missing, doubled or out of order, an alert is lost or doubled, a process used too much memory, or a fault
    did not happen.
    """

    model_config = of_task("chaos")

    seconds: float = Field(
        LONG_SECONDS, ge=30, description="about how long the whole plan takes; half of it is half of every fault"
    )
    quick: bool = Field(False, description="a few of each fault, in about 45 s")
    only: Listed[Name] = Field((), description="these scenarios alone, as cuts,kills")
    exchanges: Listed[Exchange] = Field(
        EXCHANGES,
        min_length=1,
        description="the exchanges whose connectors run, as binance,kraken; each has two markets",
    )
    writers: int = Field(2, ge=1, le=_MOST_WRITERS, description="writers between which the markets divide")
    list_: bool = Field(False, alias="list", description="list the scenarios, and do nothing")
    seed: int = Field(1, description="seed of the trades and of what is drawn; the timing is the machine's own")
    rate: float | None = Field(
        None, gt=0, le=5_000, description="trades a second; default: 1,000, 1,500 with --quick, and 100 with --bus"
    )
    bus: bool = Field(
        False,
        description="in place of ingest, the bus of the Spark application: 50 outages and one of 5 min, about half an hour",
    )
    tables: bool = Field(
        False,
        description="in place of ingest, the tables under the Spark application, which is killed between commits",
    )
    outages: int | None = Field(None, ge=1, description="with --bus: so many; default: 50, and 3 with --quick")
    longest: float | None = Field(
        None, ge=1, le=3_600, description="with --bus: of 1 s to so many; default: 60, and 3 with --quick"
    )
    lasting: float | None = Field(
        None,
        ge=0,
        le=3_600,
        description="with --bus: the last one takes so many s; default: 300, and none with --quick",
    )
    kills: int | None = Field(
        None, ge=0, description="with --bus: in so many the application is killed; default: 5, and 1 with --quick"
    )
    rounds: int | None = Field(
        None,
        ge=1,
        description="with --tables: so many courses; default: 6, the orders of what is done; a small one with --quick",
    )
    kinesis: str | None = Field(
        None, description="address of a Kinesis to stand behind the proxy, as LocalStack's; default: a stream in memory"
    )
    patience: float = Field(60, gt=0, description="seconds without progress after which no more is waited for")
    report: Path | None = Field(None, description="file for the report, as JSON")
    json_: bool = Field(False, alias="json", description="the report as JSON on standard output, in place of the table")
    state: Path | None = Field(None, description="folder for logs, cursors and spools; default: .local/chaos")

    @property
    def trades_a_second(self) -> float:
        """The rate; by default the one that the plan is made for."""
        return self.rate or (_BUS_RATE if self.bus else _QUICK_RATE if self.quick else _RATE)

    @property
    def bus_wishes(self) -> BusWishes:
        """The options of `--bus`; a small run with `--quick`."""
        count, longest, lasting, kills = (3, 3.0, 0.0, 1) if self.quick else (50, 60.0, 300.0, 5)
        return BusWishes(
            seed=self.seed,
            rate=self.trades_a_second,
            outages=count if self.outages is None else self.outages,
            longest=longest if self.longest is None else self.longest,
            lasting=lasting if self.lasting is None else self.lasting,
            kills=kills if self.kills is None else self.kills,
            patience=self.patience,
        )

    @property
    def tables_wishes(self) -> TablesWishes:
        """The options of `--tables`."""
        return TablesWishes(seed=self.seed, rounds=self.rounds or (0 if self.quick else _ROUNDS))

    @field_validator("exchanges")
    @classmethod
    def _each_once(cls, names: tuple[Exchange, ...]) -> tuple[Exchange, ...]:
        return tuple(dict.fromkeys(names))

    @model_validator(mode="after")
    def _every_writer_has_a_market(self) -> Self:
        markets = sum(plan.exchange.value in self.exchanges for plan in MARKETS)
        if self.writers > markets:
            raise ValueError(f"--writers {self.writers}: these --exchanges have {markets} markets")
        return self

    @model_validator(mode="after")
    def _one_thing_is_broken(self) -> Self:
        if self.bus and self.tables:
            raise ValueError("--bus and --tables are two runs: give one of them")
        if (self.bus or self.tables) and self.only:
            raise ValueError("--only names scenarios of ingest, and goes with neither --bus nor --tables")
        return self

    @model_validator(mode="after")
    def _report_can_be_written(self) -> Self:
        require_folder("--report", self.report)
        return self
