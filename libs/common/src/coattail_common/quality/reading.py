"""A line read as strictly as Spark's variant reader does: RFC 8259, no key twice, one object and nothing after it."""

import json
from collections.abc import Mapping
from typing import Final, NoReturn

import msgspec

MAX_LINE_BYTES: Final = 16_384
"""No trade is longer, by far: one is some 300 bytes, with fields of later versions some more."""


class Reading(msgspec.Struct, frozen=True):
    """A line, and the object that it holds; `fields` is None when it holds none, or is longer than any trade."""

    line: bytes
    is_utf8: bool
    fields: Mapping[str, object] | None

    def field(self, name: str) -> object:
        """The field's value; None when it is missing or null."""
        return None if self.fields is None else self.fields.get(name)


def read(line: bytes) -> Reading:
    """Read a line. Raises nothing: what is not an object has no fields."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return Reading(line, is_utf8=False, fields=None)
    # An object tree is dozens of times as large as its text, and a line this long is refused for its length.
    return Reading(line, is_utf8=True, fields=_fields(text) if len(line) <= MAX_LINE_BYTES else None)


def _fields(text: str) -> Mapping[str, object] | None:
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        message = "a key stands twice"
        raise ValueError(message)
    return fields


def _constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
