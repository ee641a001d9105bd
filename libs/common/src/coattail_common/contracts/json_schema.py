"""The JSON Schema files of the contracts: written from the structs, and kept for every published version.

`python -m coattail_common.contracts.json_schema` writes the current ones; a published file never changes but by addition.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from coattail_common.contracts.alert import Alert
from coattail_common.contracts.events import Event
from coattail_common.contracts.reject import Reject
from coattail_common.contracts.trade import Trade

FOLDER: Final = Path(__file__).parents[3] / "schemas"

_END_IN_PYTHON: Final = rb'\\Z"'
_END_IN_SCHEMAS: Final = b'$"'

CURRENT: Final[dict[str, type[msgspec.Struct]]] = {
    "trade/v1.json": Trade,
    "alert/v1.json": Alert,
    "reject/v1.json": Reject,
    **{f"events/{event.detail_type}/v1.json": event for event in Event.__subclasses__()},
}
"""File below `schemas/` → the struct it describes. What alerts carry, each module declares (`coattail_detectors.schemas`)."""


def schema_of(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The struct's JSON Schema (draft 2020-12)."""
    schema = msgspec.json.encode(msgspec.json.schema(struct)).replace(_END_IN_PYTHON, _END_IN_SCHEMAS)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.decode(schema)}


def render(struct: type[msgspec.Struct]) -> bytes:
    """The schema file's bytes."""
    return msgspec.json.format(msgspec.json.encode(schema_of(struct), order="deterministic"), indent=2) + b"\n"


def write(folder: Path = FOLDER, contracts: Mapping[str, type[msgspec.Struct]] = CURRENT) -> None:
    """Write the schema files of the contracts, which are by their files' names."""
    for name, struct in contracts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(render(struct))


if __name__ == "__main__":
    write()
