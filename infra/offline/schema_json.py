"""Writes a provider schema as JSON, in the notation of `terraform providers schema -json`."""

import json
from collections.abc import Mapping
from dataclasses import asdict

from infra.offline.schema import Attribute, Block, Nested, ProviderSchema


def encode(schema: ProviderSchema) -> str:
    """Return the JSON text, keys sorted."""
    document = {
        "provider": _block(schema.provider),
        "resource_schemas": _blocks(schema.resources),
        "data_source_schemas": _blocks(schema.data_sources),
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def _blocks(blocks: Mapping[str, Block]) -> dict[str, object]:
    return {name: _block(block) for name, block in blocks.items()}


def _block(block: Block) -> dict[str, object]:
    return {
        "attributes": {name: _attribute(attribute) for name, attribute in block.attributes.items()},
        "block_types": {name: _nested(nested) for name, nested in block.blocks.items()},
    }


def _attribute(attribute: Attribute) -> dict[str, object]:
    return {key: value for key, value in asdict(attribute).items() if value is not False}


def _nested(nested: Nested) -> dict[str, object]:
    return {
        "nesting_mode": nested.nesting,
        "min_items": nested.min_items,
        "max_items": nested.max_items,
        "block": _block(nested.block),
    }
