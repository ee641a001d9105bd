"""The registry of the modules as a document, docs/MODULE_REGISTRY.md, from the metadata that each detector declares."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from coattail_common import lake
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.module import Module

FILE: Final = Path(__file__).parents[4] / "docs" / "MODULE_REGISTRY.md"
_FOLDER: Final = "../libs/detectors/src"
_OPENING: Final = (
    "# Module registry",
    "",
    "<!-- Written by `coattail modules document`; do not edit. -->",
    "",
    "Every module of the Spark application, from the metadata that each detector declares. [config/tiers](../config/tiers/small.yaml) says",
    "which modules run, and [config/features.yaml](../config/features.yaml) has their thresholds.",
    "[How to add a module](adding-a-detector.md).",
    "",
)


def render(detectors: Sequence[type[BaseDetector]]) -> str:
    """Return the document."""
    return "\n".join([*_OPENING, *_overview(detectors), *(line for one in detectors for line in _section(one))])


def _overview(detectors: Iterable[type[BaseDetector]]) -> Iterator[str]:
    yield "| id | name | tier | table | alerts |"
    yield "|---|---|---|---|---|"
    for module in (one.module for one in detectors):
        alerts = ", ".join(f"`{name}`" for name in module.alert_types)
        yield f"| [{module.module_id}](#{_anchor(module)}) | {module.name} | {module.tier} | `{module.table.name}` | {alerts} |"
    yield ""


def _section(detector: type[BaseDetector]) -> Iterator[str]:
    module = detector.module
    yield f"## {module.module_id} {module.name}"
    yield ""
    yield f"{module.description}. Class [`{detector.__name__}`]({_FOLDER}/{detector.__module__.replace('.', '/')}.py)."
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| tier | {module.tier} |"
    yield f"| kind | {module.kind} |"
    yield f"| input | {_names(module.inputs)} |"
    yield f"| depends on | {', '.join(module.dependencies) or 'nothing'} |"
    yield f"| processing | {module.processing} |"
    for name, severities in module.alert_types.items():
        yield f"| alert `{name}` | {', '.join(severities)} |"
    yield f"| table | `{module.table.name}`, partitioned by {_names(module.table.partitioned_by)} |"
    yield f"| added cost | {module.cost:.2f} USD an hour |"
    yield ""
    yield f"| column of `{module.table.name}` | type | required |"
    yield "|---|---|---|"
    for column in lake.columns(module.table.rows):
        yield f"| `{column.name}` | {column.type} | {'yes' if column.required else 'no'} |"
    yield ""


def _anchor(module: Module) -> str:
    return f"{module.module_id} {module.name}".lower().replace(" ", "-")


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
