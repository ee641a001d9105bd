"""Reads out of plans which markets are listed and which tasks carry them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.offline import layout
from infra.offline.coverage import Carrier, Coverage, coverage

_LIST: Final = "/features/symbols"


def of_plans(plans: Mapping[str, dict[str, Any]]) -> tuple[tuple[str, ...], list[Carrier], Coverage]:
    """The list, who carries its markets, and what is wrong with that, from plans (`terraform show -json`) by stack.

    They are those of the stack that writes the list, and of all stacks of connectors (`ingest-<exchange>`).
    """
    parameter, listed = _list(plans)
    carriers = [carrier for stack, plan in plans.items() for carrier in _carriers(stack, plan, parameter)]
    shared = [market for stack, plan in plans.items() if _is_connector(stack) for market in _shared(plan)]
    return listed, carriers, coverage(listed, carriers, shared)


def concerned(stacks: tuple[str, ...]) -> tuple[str, ...]:
    """The stacks whose plans are needed."""
    return tuple(stack for stack in stacks if stack == "platform" or _is_connector(stack))


def _is_connector(stack: str) -> bool:
    return stack.startswith(layout.CONNECTOR)


def _list(plans: Mapping[str, dict[str, Any]]) -> tuple[str, tuple[str, ...]]:
    """The name of the parameter that lists the markets, and what it lists."""
    found = [values for plan in plans.values() for _, values in _planned(plan, "aws_ssm_parameter")]
    for values in found:
        if values["name"].endswith(_LIST):
            return values["name"], tuple(json.loads(values["value"]))
    message = f"no plan has an SSM parameter …{_LIST}"
    raise LookupError(message)


def _carriers(stack: str, plan: dict[str, Any], parameter: str) -> Iterator[Carrier]:
    """The groups of tasks of a connector. `SYMBOLS` names the markets; without it they are those of the list."""
    if not _is_connector(stack):
        return
    exchange, prefix = stack.removeprefix(layout.CONNECTOR), stack.replace("-", "_").upper()
    services = dict(_planned(plan, "aws_ecs_service"))
    for group, definition in _planned(plan, "aws_ecs_task_definition"):
        container = json.loads(definition["container_definitions"])[0]
        settings = {variable["name"]: variable["value"] for variable in container["environment"]}
        named = settings.get(f"{prefix}_SYMBOLS") or settings.get("SYMBOLS")
        reads = settings.get(f"{prefix}_SSM_PREFIX", "") + _LIST == parameter
        service = services[group]
        yield Carrier(
            name=service["name"],
            exchange=exchange,
            count=int(service["desired_count"]),
            markets=None if named is None and reads else _markets(named or "", exchange),
        )


def _markets(named: str, exchange: str) -> tuple[str, ...]:
    """The markets that a setting names, as the list has them; a task may leave its exchange's name out."""
    names = json.loads(named) if named.lstrip().startswith("[") else named.split(",")
    symbols = [name.strip() for name in names if name.strip()]
    return tuple(name if ":" in name else f"{exchange}:{name}" for name in symbols)


def _shared(plan: dict[str, Any]) -> list[str]:
    value: list[str] = plan.get("variables", {}).get("shared_symbols", {}).get("value") or []
    return value


def _planned(plan: dict[str, Any], kind: str) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """The resources of a kind: their index, and the values that they will have."""
    for change in plan.get("resource_changes", []):
        if change["type"] == kind and change["mode"] == "managed":
            yield change.get("index"), change["change"]["after"]
