"""Reads the generated TypeScript bindings: which classes there are, and what each says of its attributes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_CLASS = re.compile(r"export class (\w+) extends cdktn\.(\w+)")
_FUNCTION = re.compile(r"export function (\w+)ToHclTerraform\(.*?\n}\n", re.DOTALL)
_PROPERTY = re.compile(
    r"// (?P<name>\w+) - computed: (?P<computed>\w+), optional: (?P<optional>\w+), required: (?P<required>\w+)\s*\n"
    r"(?P<declaration>[^\n]+)"
)
_MAPPING = re.compile(
    r"(?P<name>\w+): \{\s*value: .+?,\s*isBlock: (?P<block>true|false),"
    r"\s*type: \"(?P<nesting>\w+)\",\s*storageClassType: \"(?P<storage>\w+)\"",
    re.DOTALL,
)
_NESTED = re.compile(r"new (?P<type>[\w.]+)\(this, \"\w+\"(?:, (?P<set>true|false))?")
_GETTER = re.compile(r"return (?P<set>cdktn\.Fn\.tolist\()?this\.(?P<name>get\w+Attribute)\(")


@dataclass(frozen=True)
class Property:
    """One attribute or block as a class declares it."""

    name: str
    computed: bool
    optional: bool
    required: bool
    nested_type: str | None
    """The class of its value where that is not a plain type."""
    getter: str
    """The library's getter of a plain value ("getStringAttribute"); empty where there is none."""
    is_set: bool
    """A set is read through Fn.tolist, because its elements have no index."""


@dataclass(frozen=True)
class HclMapping:
    """How a value is written in HCL: as a block or an argument, nested how, of which element type."""

    is_block: bool
    nesting: str
    storage: str


@dataclass(frozen=True)
class GeneratedClass:
    """A class of the bindings: a resource, a data source, the provider, or a nested object, list or map."""

    name: str
    base: str
    terraform_type: str | None
    properties: Sequence[Property]
    mappings: Mapping[str, HclMapping]
    source: str


def parse(source: str) -> dict[str, GeneratedClass]:
    """Return the classes of one TypeScript module by name."""
    structs = {match[1]: _mappings(match[0]) for match in _FUNCTION.finditer(source)}
    headers = list(_CLASS.finditer(source))
    ends = [header.start() for header in headers[1:]] + [len(source)]
    classes = {}
    for header, end in zip(headers, ends, strict=False):
        body = source[header.start() : end]
        terraform_type = re.search(r"tfResourceType = \"(\w+)\"", body)
        struct = _struct_of(header[1])
        classes[header[1]] = GeneratedClass(
            name=header[1],
            base=header[2],
            terraform_type=terraform_type[1] if terraform_type else None,
            properties=_properties(body),
            mappings=_mappings(body) if terraform_type else structs.get(struct, {}),
            source=body,
        )
    return classes


def struct_mappings(source: str, struct: str) -> Mapping[str, HclMapping]:
    """The mappings of a struct that has no class of its own (the provider's blocks)."""
    for match in _FUNCTION.finditer(source):
        if match[1] == _lower_first(struct):
            return _mappings(match[0])
    return {}


def _properties(body: str) -> list[Property]:
    found = []
    declared = list(_PROPERTY.finditer(body))
    ends = [following.start() for following in declared[1:]] + [len(body)]
    for match, end in zip(declared, ends, strict=False):
        nested = _NESTED.search(match["declaration"])
        getter = None if nested else _GETTER.search(body, match.start("declaration"), end)
        found.append(
            Property(
                name=match["name"],
                computed=match["computed"] == "true",
                optional=match["optional"] == "true",
                required=match["required"] == "true",
                nested_type=nested["type"] if nested else None,
                getter=getter["name"] if getter else "",
                is_set=bool(nested and nested["set"] == "true") or bool(getter and getter["set"]),
            )
        )
    return found


def _mappings(text: str) -> dict[str, HclMapping]:
    return {m["name"]: HclMapping(m["block"] == "true", m["nesting"], m["storage"]) for m in _MAPPING.finditer(text)}


def _struct_of(class_name: str) -> str:
    return _lower_first(class_name.removesuffix("OutputReference"))


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]
