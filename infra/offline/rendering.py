"""Turns a plan into the document that is kept in the repository and deployed to a local cloud.

What is null or empty in the plan is left out. What only AWS can decide is named under `unknown`, and where it is an
argument that we set from another resource, `references` says from which attribute.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.offline import layout
from infra.offline.ordering import in_dependency_order
from infra.offline.references import declaration_of

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Resource:
    """One resource instance to be created."""

    address: str
    type: str
    name: str
    index: str | int | None
    values: Mapping[str, Any]
    unknown: list[str]
    references: Mapping[str, list[str]]

    def as_json(self) -> dict[str, Any]:
        """The resource as it stands in the document; optional parts only where they say something."""
        document: dict[str, Any] = {"address": self.address, "type": self.type, "name": self.name}
        if self.index is not None:
            document["index"] = self.index
        document["values"] = self.values
        if self.unknown:
            document["unknown"] = self.unknown
        if self.references:
            document["references"] = self.references
        return document


def render(stack: str, plan: dict[str, Any], graph: str, deployed: Sequence[str] = layout.STACK_ORDER) -> str:
    """Return the document of one stack's plan (`terraform show -json`) and graph (`terraform graph`).

    `deployed` are the environment's stacks, in the order of their deployment.
    """
    configuration = plan["configuration"]
    changes = {change["address"]: change for change in plan.get("resource_changes", []) if change["mode"] == "managed"}
    provider = configuration["provider_config"]["aws"]
    ordered = in_dependency_order(changes, graph)
    document = {
        "format_version": FORMAT_VERSION,
        "stack": stack,
        "order": deployed.index(stack) + 1,
        "terraform": f"hashicorp/aws {provider['version_constraint']}",
        "resources": [_resource(changes[address], configuration["root_module"]).as_json() for address in ordered],
    }
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _resource(change: dict[str, Any], root: dict[str, Any]) -> Resource:
    resource = f"{change['type']}.{change['name']}"
    declaration = declaration_of(root, change.get("module_address", ""), resource, change.get("index"))
    unknown = sorted(_unknown_paths(change["change"]["after_unknown"]))
    references = {path: declaration.sources_of(path) for path in unknown} if declaration else {}
    return Resource(
        address=change["address"],
        type=change["type"],
        name=change["name"],
        index=change.get("index"),
        values=_said(change["change"]["after"]),
        unknown=unknown,
        references={path: sources for path, sources in references.items() if sources},
    )


def _unknown_paths(mask: Any, path: str = "") -> Iterator[str]:
    """Paths ("name", "block[0].name") of what is unknown; Terraform's mask has true in its place."""
    if mask is True:
        yield path
    elif isinstance(mask, dict):
        for name, part in mask.items():
            yield from _unknown_paths(part, f"{path}.{name}" if path else name)
    elif isinstance(mask, list):
        for position, part in enumerate(mask):
            yield from _unknown_paths(part, f"{path}[{position}]")


def _said(value: Any) -> Any:
    """Leave out what is null or empty, at every depth."""
    if isinstance(value, dict):
        parts = {name: _said(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part not in (None, [], {})}
    if isinstance(value, list):
        return [_said(part) for part in value if part is not None]
    return value
