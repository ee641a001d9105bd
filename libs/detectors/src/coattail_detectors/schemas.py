"""The JSON Schema files of what alerts carry: `python -m coattail_detectors.schemas` writes those of our modules to `schemas/`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from coattail_common.contracts import json_schema
from coattail_detectors.kernel.module import Module
from coattail_detectors.registry import ModuleRegistry

FOLDER: Final = Path(__file__).parents[2] / "schemas"


def contracts(modules: Iterable[Module]) -> dict[str, type[msgspec.Struct]]:
    """Return the details of every type of alert that the modules raise, by the schema file below `schemas/`."""
    return {f"details/{details.alert_type}/v1.json": details for module in modules for details in module.alerts}


if __name__ == "__main__":
    json_schema.write(FOLDER, contracts(ModuleRegistry.load().modules))
