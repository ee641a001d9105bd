"""For tests of whatever makes or reads tables: all that there are."""

from types import MappingProxyType

from coattail_common.tables import CORE
from coattail_detectors import ModuleRegistry

TABLES = MappingProxyType(
    {table.name: table for table in (*CORE, *(module.table for module in ModuleRegistry.load().modules))}
)
"""The core tables and those of every module, by name."""
