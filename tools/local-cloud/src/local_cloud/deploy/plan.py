"""Rendered plans: files of resources in the order in which they can be made."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from local_cloud.errors import CloudError

from .values import Values

FUNCTION: Final = "aws_lambda_function"


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


def chosen(plans: Sequence[Plan], stacks: Collection[str]) -> list[Plan]:
    """The plans of these stacks, in the order of `plans`; all where no stack is named. Raises `CloudError` for one that is not there."""
    known = {plan.stack for plan in plans}
    if unknown := sorted(set(stacks) - known):
        raise CloudError(f"no plan is rendered of {', '.join(unknown)}: the stacks are {', '.join(sorted(known))}")
    return [plan for plan in plans if not stacks or plan.stack in stacks]


def packaged_services(plans: Sequence[Plan]) -> list[str]:
    """The services whose code a Lambda function runs: its `s3_key` is `<service>/<version>.zip`."""
    functions = [one.read() for plan in plans for one in plan.resources if one.type == FUNCTION]
    return sorted({function.text("s3_key").partition("/")[0] for function in functions})


def _read(file: Path) -> Plan:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Plan)
    except msgspec.DecodeError as error:
        raise CloudError(f"{file} is no rendered plan: {error}") from error
