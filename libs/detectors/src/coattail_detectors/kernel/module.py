"""The metadata of a module: what the registry knows of it, and what its documentation is generated from."""

import msgspec

from coattail_common.contracts import Severity
from coattail_common.tables import Table


class ModuleSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A module's part of the features file."""

    enabled: bool = True


class Module(msgspec.Struct, frozen=True, kw_only=True):
    """A feature module. `cost` is what running it adds, in US dollars an hour; `settings` its part of the
    features file, under its name with underscores."""

    module_id: str
    name: str
    tier: str
    description: str
    data_sources: tuple[str, ...]
    dependencies: tuple[str, ...]
    processing: str
    table: Table
    alert_types: dict[str, tuple[Severity, ...]]
    cost: float
    settings: type[ModuleSettings]

    @property
    def key(self) -> str:
        """Its key in the features file."""
        return self.name.replace("-", "_")
