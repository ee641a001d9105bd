"""Fills in what a plan could not know: ids and ARNs of resources that had to exist first."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from local_cloud.deployed import Entry

from .plan import Resource

_STEP = re.compile(r"[^.\[\]]+")
_ATTRIBUTE = re.compile(r"(?P<address>.+)\.(?P<name>id|arn)")


def resolved(resource: Resource, applied: Mapping[str, Entry]) -> Resource:
    """The resource with each argument that refers to an applied resource's id or ARN set to it.

    `applied`: the entries of the same stack by address. What refers to a skipped resource, or to several, stays open.
    """
    values = msgspec.json.decode(msgspec.json.encode(resource.values))
    for path, sources in resource.references.items():
        if len(sources) == 1 and (value := _value(sources[0], applied)):
            _set(values, _STEP.findall(path), value)
    return msgspec.structs.replace(resource, values=values)


def _value(source: str, applied: Mapping[str, Entry]) -> str | None:
    """What `address.id` or `address.arn` is by now."""
    attribute = _ATTRIBUTE.fullmatch(source)
    entry = applied.get(attribute["address"]) if attribute else None
    if attribute is None or entry is None:
        return None
    return entry.arn if attribute["name"] == "arn" else entry.id


def _set(values: Any, steps: list[str], value: str) -> None:
    """Sets `block[0].name[1]`, given as its steps. The plan has no member for a list of nothing but unknowns."""
    step, *rest = steps
    if not rest:
        if isinstance(values, list):
            values.insert(int(step), value)
        else:
            values[step] = value
        return
    if isinstance(values, dict):
        values.setdefault(step, [] if rest[0].isdigit() else {})
        _set(values[step], rest, value)
    elif int(step) < len(values):
        _set(values[int(step)], rest, value)
