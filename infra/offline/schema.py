"""Builds the provider's schema, in the form of `terraform providers schema -json`, from its generated bindings."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from infra.offline.errors import SetupError
from infra.offline.generated_code import GeneratedClass, HclMapping, Property, parse, struct_mappings

type TypeNotation = str | list[object]
"""Terraform's JSON notation of a type: "string", ["list", "string"], ["object", {...}]."""

_PLAIN = {"string": "string", "number": "number", "boolean": "bool"}
_KINDS = {"TerraformResource": "resource", "TerraformDataSource": "data source", "TerraformProvider": "provider"}
_GETTERS: dict[str, TypeNotation] = {
    "getStringAttribute": "string",
    "getNumberAttribute": "number",
    "getBooleanAttribute": "bool",
    "getStringMapAttribute": ["map", "string"],
    "getBooleanMapAttribute": ["map", "bool"],
    "getNumberMapAttribute": ["map", "number"],
}
_LIST_GETTERS = {"getListAttribute": "string", "getNumberListAttribute": "number"}
_LIBRARY_TYPES: dict[str, TypeNotation] = {
    "cdktn.StringMap": ["map", "string"],
    "cdktn.BooleanMap": ["map", "bool"],
    "cdktn.NumberMap": ["map", "number"],
    "cdktn.StringMapList": ["list", ["map", "string"]],
    "cdktn.StringListMap": ["list", ["list", "string"]],
    "cdktn.StringListList": ["list", ["list", "string"]],
}


class UnknownTypeError(Exception):
    """The bindings do not say what type an attribute has (AWS documents of free form)."""


@dataclass(frozen=True)
class Attribute:
    """An argument or attribute of a block."""

    type: TypeNotation
    computed: bool
    optional: bool
    required: bool


@dataclass(frozen=True)
class Nested:
    """A block type inside a block; `max_items` 0 means any number."""

    nesting: str
    block: "Block"
    min_items: int = 0
    max_items: int = 0


@dataclass(frozen=True)
class Block:
    """A resource, data source, provider configuration or nested block."""

    attributes: dict[str, Attribute] = field(default_factory=dict)
    blocks: dict[str, Nested] = field(default_factory=dict)


@dataclass
class ProviderSchema:
    """The whole schema; `left_out` names the types whose attributes the bindings describe incompletely."""

    provider: Block = field(default_factory=Block)
    resources: dict[str, Block] = field(default_factory=dict)
    data_sources: dict[str, Block] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def build(sources: Iterable[str]) -> ProviderSchema:
    """Assemble the schema from the TypeScript sources of all bindings."""
    schema = ProviderSchema()
    for source in sources:
        classes = parse(source)
        for generated in classes.values():
            kind = _KINDS.get(generated.base)
            if kind is None or generated.terraform_type is None:
                continue
            try:
                block = _block(classes, generated)
            except UnknownTypeError:
                schema.left_out.append(generated.terraform_type)
                continue
            if kind == "resource":
                schema.resources[generated.terraform_type] = block
            elif kind == "data source":
                schema.data_sources[generated.terraform_type] = block
            else:
                schema.provider = _with_provider_blocks(block, generated, source)
    return schema


def require_types(schema: ProviderSchema, package: str) -> None:
    """Raise SetupError when nothing was recognised: bindings of another library's classes, which would make an empty provider."""
    if not (schema.resources and schema.data_sources and schema.provider.attributes):
        raise SetupError(f"{package} holds no resources that generated_code.py knows: its bindings have another form")


def _block(classes: Mapping[str, GeneratedClass], generated: GeneratedClass) -> Block:
    block = Block()
    for declared in generated.properties:
        mapping = generated.mappings.get(declared.name)
        if generated.base == "TerraformProvider" and mapping and mapping.is_block:
            continue
        if declared.nested_type in classes:
            _add_nested(block, classes, declared, mapping)
        else:
            block.attributes[declared.name] = _attribute(declared, _plain_type(declared, mapping))
    return block


def _add_nested(
    block: Block, classes: Mapping[str, GeneratedClass], declared: Property, mapping: HclMapping | None
) -> None:
    """Add a property whose value is an object or several: as a block, or as an attribute of object type."""
    outer = classes[declared.nested_type or ""]
    several = outer.base in {"ComplexList", "ComplexMap"} or outer.name.endswith("List")
    inner = classes.get(_element_class(outer)) if several else outer
    nested = _block(classes, inner) if inner else Block()
    if mapping and mapping.nesting in {"list", "set", "map"}:
        nesting = mapping.nesting
    elif not several:
        nesting = "single"
    elif outer.base == "ComplexMap":
        nesting = "map"
    else:
        nesting = "set" if declared.is_set else "list"
    counted = nesting in {"list", "set"}
    if mapping and mapping.is_block and not declared.computed:
        block.blocks[declared.name] = Nested(
            nesting,
            nested,
            min_items=1 if declared.required and counted else 0,
            max_items=1 if counted and not several else 0,
        )
    else:
        object_type = _object_type(nested)
        block.attributes[declared.name] = _attribute(
            declared, object_type if nesting == "single" else [nesting, object_type]
        )


def _element_class(outer: GeneratedClass) -> str:
    match = re.search(r"new (\w+OutputReference)\(", outer.source)
    return match[1] if match else outer.name.removesuffix("List") + "OutputReference"


def _attribute(declared: Property, notation: TypeNotation) -> Attribute:
    return Attribute(notation, declared.computed, declared.optional, declared.required)


def _object_type(block: Block) -> TypeNotation:
    fields: dict[str, object] = {name: attribute.type for name, attribute in block.attributes.items()}
    for name, nested in block.blocks.items():
        inner = _object_type(nested.block)
        fields[name] = inner if nested.nesting == "single" else [nested.nesting, inner]
    return ["object", fields]


def _plain_type(declared: Property, mapping: HclMapping | None) -> TypeNotation:
    if mapping:
        notation = _storage_type(mapping.storage)
        if notation is None:
            raise UnknownTypeError(declared.name)
        if isinstance(notation, list) and mapping.nesting in {"list", "set", "map"}:
            return [mapping.nesting, *notation[1:]]
        return notation
    if declared.nested_type in _LIBRARY_TYPES:
        return _LIBRARY_TYPES[declared.nested_type or ""]
    if declared.getter in _GETTERS:
        return _GETTERS[declared.getter]
    if declared.getter in _LIST_GETTERS:
        return ["set" if declared.is_set else "list", _LIST_GETTERS[declared.getter]]
    raise UnknownTypeError(declared.name)


def _storage_type(storage: str) -> TypeNotation | None:
    if storage in _PLAIN:
        return _PLAIN[storage]
    for suffix, collection in (("List", "list"), ("Map", "map")):
        if storage.endswith(suffix):
            element = _storage_type(storage.removesuffix(suffix))
            return None if element is None else [collection, element]
    return None


def _with_provider_blocks(block: Block, generated: GeneratedClass, source: str) -> Block:
    """The provider's blocks have no classes of their own: take their arguments from the mapping functions."""
    for name, mapping in generated.mappings.items():
        if not mapping.is_block:
            continue
        arguments = {}
        for argument, inner in struct_mappings(source, mapping.storage.removesuffix("List")).items():
            notation = _storage_type(inner.storage)
            if notation is not None:
                typed = [inner.nesting, *notation[1:]] if isinstance(notation, list) else notation
                arguments[argument] = Attribute(typed, computed=False, optional=True, required=False)
        block.blocks[name] = Nested(mapping.nesting, Block(attributes=arguments))
    return block
