"""The metadata of a module: what the registry knows of it, and what its documentation is generated from."""

import msgspec

from coattail_common.contracts import Severity
from stream_detectors.lakehouse import Table


class Module(msgspec.Struct, frozen=True, kw_only=True):
    """A feature module. `cost` is what running it adds, in US dollars an hour."""

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
