"""The options of the audit: flags, or the environment (`COATTAIL_AUDIT_DATABASE`)."""

from pathlib import Path

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import CliPositionalArg, SettingsConfigDict

from coattail_common.ids import Market
from coattail_common.quality import is_exchange
from coattail_harness.options import Listed, Symbols, of_task
from coattail_runtime.settings import ServiceSettings


class Place(ServiceSettings):
    """Where the tables are."""

    warehouse: Path | None = Field(
        None, description="a warehouse in a folder, as a replay leaves it; default: the Glue catalog"
    )
    database: str = Field("coattail", description="the database of the catalog")
    region: str = Field("us-west-2", validation_alias=AliasChoices("AWS_REGION", "region"), description="the region")
    endpoint: str | None = Field(
        None, validation_alias=AliasChoices("AWS_ENDPOINT_URL", "endpoint"), description="where AWS is; default: AWS"
    )


class TraceOptions(Place):
    """Shows the trades behind an alert: from its id in anomaly_alerts, by its lineage, to the rows of raw_trades.

    Ends with 1 when the table does not hold all of them.
    """

    model_config = SettingsConfigDict(
        env_prefix="COATTAIL_TRACE_", cli_prog_name="coattail trace", populate_by_name=True
    )

    alert_id: CliPositionalArg[str] = Field(description="the alert's id, as MOD-002:whale_trade:binance:BTC-USDT:7")
    limit: int = Field(20, ge=1, description="how many trades are shown at most; the JSON has all of them")
    json_: bool = Field(False, alias="json", description="alert and trades as JSON on standard output")


class Options(Place):
    """Proves of raw_trades, per market, which trade ids are there, missing, doubled or filled in.

    Ends with 1 when an id is doubled, or missing and no event reported it.
    """

    model_config = of_task("audit")

    exchange: str | None = Field(None, description="audit this exchange alone")
    symbols: Symbols = Field((), description="audit these markets alone, as BTC-USDT,ETH-USDT")
    events: Listed[Path] = Field(
        (), description="files of events of the bus, JSON lines, that tell of gaps: a.jsonl,b.jsonl"
    )
    gap_log: str | None = Field(None, description="the CloudWatch log group of the events that tell of gaps")
    plain: bool = Field(False, description="plain lines in place of the progress bar")
    json_: bool = Field(False, alias="json", description="the audit as JSON on standard output, in place of the table")

    def wants(self, market: Market) -> bool:
        """Whether this one is to be audited."""
        return self.exchange in (None, market.exchange) and (not self.symbols or market.symbol in self.symbols)

    def wanted(self) -> tuple[str, ...]:
        """What was asked for by its name, an exchange or symbols."""
        return (*self.symbols, *(() if self.exchange is None else (self.exchange,)))

    @field_validator("exchange")
    @classmethod
    def _is_an_exchange(cls, value: str | None) -> str | None:
        if value is not None and not is_exchange(value):
            raise ValueError("is no exchange's name; write it as in the table, as binance")
        return value
