"""What became of a resource."""

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from local_cloud.clients import Clients

from .values import Values


class Action(StrEnum):
    """`SKIPPED`: the emulator does not serve it."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"


class Outcome(msgspec.Struct, frozen=True):
    """`id` is what the API calls the resource, which for some is known only once it exists."""

    action: Action
    id: str
    arn: str | None = None


# Makes the planned resource so, whether it exists or not. Raises `CloudError` for values it cannot use, and botocore's.
Apply = Callable[[Clients, Values], Outcome]


def found[T](call: Callable[[], T], missing: Collection[str]) -> T | None:
    """The answer of an API call, None where it fails with one of the error codes `missing`."""
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in missing:
            return None
        raise


def given(**arguments: Any) -> dict[str, Any]:
    """API arguments without those that the plan leaves open (None or empty)."""
    return {name: value for name, value in arguments.items() if value is not None and value not in ({}, [])}


def differs(wanted: Mapping[str, Any], actual: Mapping[str, Any]) -> bool:
    """Whether a member of `wanted` is another in `actual`, which may have more members."""
    return any(actual.get(name) != value for name, value in wanted.items())
