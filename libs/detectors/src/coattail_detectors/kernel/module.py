"""The metadata of a module: what the registry knows of it, and what its documentation is generated from."""

from enum import StrEnum

import msgspec

from coattail_common.contracts import Details, Severity
from coattail_common.tables import Table


class Kind(StrEnum):
    """How a module runs."""

    STREAM = "stream"
    """In the Spark application, over what each batch brought."""
    BATCH = "batch"
    """On a schedule, over what the tables hold. MOD-010, MOD-011; MOD-004's scores."""


class Feed(StrEnum):
    """What a module is shown."""

    TRADES = "trades"
    """Fills and bars of the exchanges' trades."""
    FINDINGS = "findings"
    """Alerts and rows of the modules that it depends on. MOD-006, MOD-007."""
    TRANSFERS = "transfers"
    """Transfers on a blockchain. MOD-008, MOD-009."""
    WALLET_TRADES = "wallet_trades"
    """Trades of known wallets. MOD-004, MOD-005."""


class ModuleSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A module's part of the features file."""

    enabled: bool = True


class Module(msgspec.Struct, frozen=True, kw_only=True):
    """A feature module. `alerts` are the details of each type that it raises, with their severities; `cost` is what running it adds,
    in US dollars an hour; `settings` its part of the features file, under its name with underscores.

    Raises `ValueError` for a module that is shown findings and depends on no module.
    """

    module_id: str
    name: str
    tier: str
    description: str
    inputs: tuple[Feed, ...]
    dependencies: tuple[str, ...]
    processing: str
    table: Table
    alerts: dict[type[Details], tuple[Severity, ...]]
    cost: float
    settings: type[ModuleSettings]
    kind: Kind = Kind.STREAM

    def __post_init__(self) -> None:
        if Feed.FINDINGS in self.inputs and not self.dependencies:
            raise ValueError(f"{self.module_id} {self.name} is shown findings and depends on no module: name whose")

    @property
    def key(self) -> str:
        """Its key in the features file."""
        return self.name.replace("-", "_")

    @property
    def alert_types(self) -> dict[str, tuple[Severity, ...]]:
        """The severities of each type of alert that it raises."""
        return {details.alert_type: severities for details, severities in self.alerts.items()}
