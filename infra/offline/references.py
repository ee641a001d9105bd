"""Finds which resource an unknown argument takes its value from, through module inputs and outputs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_STEP = re.compile(r"[^.\[\]]+")


@dataclass(frozen=True)
class Module:
    """A module of the plan's configuration, with its address ("" for the root) and the arguments given to it."""

    address: str
    content: dict[str, Any]
    caller: "Module | None"
    arguments: dict[str, Any]

    def child(self, name: str) -> "Module | None":
        """The module that is called `name` here."""
        call = self.content.get("module_calls", {}).get(name)
        if call is None:
            return None
        return Module(_join(self.address, f"module.{name}"), call["module"], self, call.get("expressions", {}))


@dataclass(frozen=True)
class Declaration:
    """A resource as it stands in the code: the module it is in, and the expressions of its arguments.

    `each` is the instance of another resource that `each.value` means in them, where it is made for each of that one's.
    """

    module: Module
    expressions: dict[str, Any]
    each: str | None = None

    def sources_of(self, path: str) -> list[str]:
        """The full addresses of the attributes that an argument ("block[0].name[1]") refers to, sorted."""
        here: Any = self.expressions
        for step in _STEP.findall(path):
            if isinstance(here, dict) and not _is_expression(here):
                here = here.get(step)
            elif isinstance(here, list) and step.isdigit() and int(step) < len(here):
                here = here[int(step)]
        return sorted(set(_resolve(self.module, here, self.each)))


def declaration_of(
    root: dict[str, Any], module_address: str, resource: str, index: str | int | None = None
) -> Declaration | None:
    """Find an instance of a resource ("aws_x.y") of a module ("module.a.module.b[0]") in the plan's `configuration.root_module`."""
    module = Module("", root, None, {})
    for name in re.findall(r"module\.([\w-]+)(?:\[[^]]*\])?", module_address):
        inner = module.child(name)
        if inner is None:
            return None
        module = inner
    for declared in module.content.get("resources", []):
        if declared["address"] == resource:
            return Declaration(module, declared.get("expressions", {}), _each(declared, index))
    return None


def _each(declared: dict[str, Any], index: str | int | None) -> str | None:
    references = declared.get("for_each_expression", {}).get("references", [])
    resources = [reference for reference in references if re.fullmatch(r"aws_\w+\.\w+", reference)]
    return f'{resources[0]}["{index}"]' if len(resources) == 1 and isinstance(index, str) else None


def _is_expression(node: dict[str, Any]) -> bool:
    return "references" in node or "constant_value" in node


def _resolve(module: Module, expression: Any, each: str | None = None) -> Iterator[str]:
    if not isinstance(expression, dict):
        return
    references: list[str] = expression.get("references", [])
    for reference in references:
        # Terraform lists `a.b.c` and then its prefixes `a.b`: the longest says which attribute.
        if any(other.startswith(reference + ".") for other in references):
            continue
        parts = reference.split(".")
        if parts[0] == "var" and module.caller is not None:
            yield from _resolve(module.caller, module.arguments.get(parts[1], {}))
        elif parts[0] == "module":
            child = module.child(parts[1].split("[")[0])
            if child is not None and len(parts) > 2:
                yield from _resolve(child, child.content.get("outputs", {}).get(parts[2], {}).get("expression", {}))
        elif parts[:2] == ["each", "value"] and each is not None and len(parts) > 2:
            yield _join(module.address, f"{each}.{parts[2]}")
        elif parts[0].startswith("aws_") and len(parts) > 2:
            yield _join(module.address, reference)


def _join(module: str, address: str) -> str:
    return f"{module}.{address}" if module else address
