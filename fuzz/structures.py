"""Inputs as trees of lists, dicts and values, so that a mutation can be one of a field and not only of a byte."""

import json
from struct import Struct
from typing import Any, Final, Protocol
from zlib import crc32

import msgspec

from kinesis_writer.spool.frames import MAGIC, Whole, scan

type Tree = Any
"""JSON's values and `bytes`, nested in lists and dicts that may be changed."""

UNREADABLE: Final = (ValueError, TypeError, OverflowError, RecursionError)
"""What decoding and encoding raise of what has no such structure; msgspec's errors are `ValueError`s."""


class Structure(Protocol):
    """One way to read inputs as trees; both ways raise `UNREADABLE`."""

    def decode(self, content: bytes) -> Tree:
        """The tree of an input."""
        ...

    def encode(self, tree: Tree) -> bytes:
        """The input of a tree."""
        ...


class _Json:
    """JSON, encoded leniently: NaN and numbers beyond 64 bits are inputs too."""

    def decode(self, content: bytes) -> Tree:
        return msgspec.json.decode(content)

    def encode(self, tree: Tree) -> bytes:
        return json.dumps(tree, separators=(",", ":")).encode()


class _Answer:
    """A header's value, a line feed, and a body of JSON."""

    def decode(self, content: bytes) -> Tree:
        header, _, body = content.partition(b"\n")
        return [header.decode(), JSON.decode(body)]

    def encode(self, tree: Tree) -> bytes:
        header, body = tree
        return str(header).encode() + b"\n" + JSON.encode(body)


class _Msgpack:
    """One value of msgpack."""

    def decode(self, content: bytes) -> Tree:
        return msgspec.msgpack.decode(content)

    def encode(self, tree: Tree) -> bytes:
        return msgspec.msgpack.encode(tree)


class _Messages:
    """Messages of msgpack one behind the other, each after its length in two bytes."""

    def decode(self, content: bytes) -> Tree:
        return [_or_bytes(message) for message in messages(content)]

    def encode(self, tree: Tree) -> bytes:
        return joined([part if isinstance(part, bytes) else MSGPACK.encode(part) for part in tree])


class _Spool:
    """The spool's frames, each of one value of msgpack, with checksums that are right; damage as bytes."""

    def decode(self, content: bytes) -> Tree:
        parts: list[Tree] = []
        for part in scan(content):
            raw = content[part.offset : part.offset + part.size]
            parts.append(MSGPACK.decode(raw[_HEADER_BYTES:]) if isinstance(part, Whole) else raw)
        return parts

    def encode(self, tree: Tree) -> bytes:
        return b"".join(part if isinstance(part, bytes) else _framed(MSGPACK.encode(part)) for part in tree)


def messages(content: bytes) -> list[bytes]:
    """The messages of `_Messages`; the last may be cut off."""
    found: list[bytes] = []
    while len(content) > _LENGTH.size:
        end = _LENGTH.size + _LENGTH.unpack_from(content)[0]
        found.append(content[_LENGTH.size : end])
        content = content[end:]
    return found


def joined(parts: list[bytes]) -> bytes:
    """The opposite of `messages`. Raises `ValueError` when one is too long."""
    if any(len(part) > _LONGEST for part in parts):
        problem = "a message longer than two bytes can say"
        raise ValueError(problem)
    return b"".join(_LENGTH.pack(len(part)) + part for part in parts)


def _or_bytes(message: bytes) -> Tree:
    try:
        return MSGPACK.decode(message)
    except UNREADABLE:
        return message


def _framed(body: bytes) -> bytes:
    fields = _FIELDS.pack(MAGIC, len(body), crc32(body))
    return fields + _CHECK.pack(crc32(fields)) + body


_LENGTH: Final = Struct(">H")
_LONGEST: Final = 2**16 - 1
_FIELDS: Final = Struct(">4sII")
_CHECK: Final = Struct(">I")
_HEADER_BYTES: Final = _FIELDS.size + _CHECK.size

JSON: Final[Structure] = _Json()
ANSWER: Final[Structure] = _Answer()
MSGPACK: Final[Structure] = _Msgpack()
MESSAGES: Final[Structure] = _Messages()
SPOOL: Final[Structure] = _Spool()
