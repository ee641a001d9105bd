"""`coattail modules`: what the registry of the detectors holds, as a list and as a document."""

import sys
from pathlib import Path
from typing import Final

import msgspec
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from coattail_cli.dispatch import Command, dispatch
from coattail_cli.module_document import FILE, render
from coattail_detectors import ModuleRegistry
from coattail_detectors.config import ConfigFiles
from coattail_detectors.kernel.errors import FeaturesError
from coattail_runtime.settings import ServiceSettings, read, refuse
from coattail_scaffold import module

_CONFIG: Final = Path(__file__).parents[4] / "config"
COMMANDS: Final = {
    "list": Command("every module: id, name, tier, table, alerts, and whether it runs", __name__, "show"),
    "new": Command("write the folder of a new module", __name__, "new"),
    "document": Command("write docs/MODULE_REGISTRY.md from the modules' metadata", __name__, "document"),
}


class ListOptions(ServiceSettings):
    """Lists the modules of the registry, and says which of them run in a tier."""

    model_config = SettingsConfigDict(
        env_prefix="COATTAIL_MODULES_", cli_prog_name="coattail modules list", populate_by_name=True
    )

    tier: str = Field("small", description="the tier whose modules are enabled: small, medium or large")
    features: Path = Field(_CONFIG / "features.yaml", description="the features file, which may switch modules off")
    tiers: Path = Field(_CONFIG / "tiers", description="the folder of the tier files")
    json_: bool = Field(False, alias="json", description="the list as JSON, in place of the table")


class Listing(msgspec.Struct, frozen=True):
    """A module in the list. `enabled`: it runs in the tier that was asked for."""

    id: str
    name: str
    tier: str
    table: str
    alerts: tuple[str, ...]
    enabled: bool


def main() -> None:
    """Run the command that the arguments name."""
    dispatch("coattail modules", COMMANDS, sys.argv[1:])


def show() -> None:
    """Print the list."""
    options = read(ListOptions)
    try:
        found = listings(options)
    except FeaturesError as error:
        refuse(str(error))
    if options.json_:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found).decode()) + "\n")
        return
    rows = [("id", "name", "tier", "table", "enabled", "alerts")]
    rows += [
        (one.id, one.name, one.tier, one.table, "yes" if one.enabled else "no", ", ".join(one.alerts)) for one in found
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        sys.stdout.write("  ".join(map(str.ljust, row, widths)).rstrip() + "\n")


def document(path: Path = FILE) -> None:
    """Write the document."""
    path.write_text(render(ModuleRegistry.load().detectors))


def new() -> None:
    """Write what a module begins with, and end the process with the exit code of that."""
    sys.exit(module.main(sys.argv[1:]))


def listings(options: ListOptions) -> list[Listing]:
    """Return every module, in the registry's order. Raises `FeaturesError` for a tier or a features file that cannot be used."""
    config = ConfigFiles(options.features, options.tiers / f"{options.tier}.yaml").load()
    running = {one.module.module_id for one in config.detectors()}
    return [
        Listing(
            id=one.module_id,
            name=one.name,
            tier=one.tier,
            table=one.table.name,
            alerts=tuple(one.alert_types),
            enabled=one.module_id in running,
        )
        for one in config.registry.modules
    ]
