"""Rendered plans: files of resources in the order in which they can be made."""

from pathlib import Path
from typing import Any

import msgspec

from local_cloud.errors import CloudError

from .values import Values


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One resource, as Terraform's JSON output has it. `index`: its key where `count` or `for_each` made it.

    `references`: for arguments that the plan cannot know, by path (`block[0].name`), the attributes they come from.
    """

    address: str
    type: str
    name: str
    values: dict[str, Any]
    index: int | str | None = None
    references: dict[str, list[str]] = {}

    def read(self) -> Values:
        """The values with their types checked as they are read."""
        return Values(self.address, self.values)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One stack's plan. `order`: the platform's comes first (0)."""

    format_version: int
    stack: str
    order: int
    resources: list[Resource]


def read_plans(folder: Path) -> list[Plan]:
    """The plans of a folder, by their order. Raises `CloudError` naming the file, and the field, that is wrong."""
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    if not files:
        raise CloudError(f"there is no rendered plan in {folder}: make it with `./task infra:render`")
    return sorted((_read(file) for file in files), key=lambda plan: (plan.order, plan.stack))


def _read(file: Path) -> Plan:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Plan)
    except msgspec.DecodeError as error:
        raise CloudError(f"{file} is no rendered plan: {error}") from error
