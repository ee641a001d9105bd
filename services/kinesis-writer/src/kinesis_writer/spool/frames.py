"""The spool's format, pure: frames one behind the other, each with a checksum of its header and one of its body.

A frame is 4 bytes of magic, then three unsigned 32-bit integers, big-endian: the body's length, the body's CRC-32, and the
CRC-32 of the twelve bytes before it. The body is an `Entry` as a msgpack array. The header has a checksum of its own so
that a reader can distinguish a frame that was cut off while it was written from one that was damaged later.
"""

from collections.abc import Iterator
from struct import Struct
from typing import Final
from zlib import crc32

import msgspec

from coattail_runtime.link import LineBatch

MAGIC: Final = b"\xffSPL"
"""How each frame begins. 0xFF occurs in no UTF-8, and so in no line."""

_FIELDS: Final = Struct(">4sII")
_CHECK: Final = Struct(">I")
_HEADER_BYTES: Final = _FIELDS.size + _CHECK.size


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A batch, and when it was held, in seconds since the epoch, UTC. An array: its fields have places on the disk, and no names."""

    held_at: float
    source: str
    key: str
    count: int
    lines: bytes

    @property
    def batch(self) -> LineBatch:
        """What is brought into the stream."""
        return LineBatch(self.source, self.key, self.count, self.lines)


class Whole(msgspec.Struct, frozen=True):
    """A frame that is as it was written, at `offset`, `size` bytes long."""

    offset: int
    size: int
    entry: Entry


class Damaged(msgspec.Struct, frozen=True):
    """Bytes that are no frame any more, up to the next header that can be read or the end."""

    offset: int
    size: int


class Torn(msgspec.Struct, frozen=True):
    """A last frame of which only the beginning was written: it never counted as held."""

    offset: int
    size: int


type Part = Whole | Damaged | Torn

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Entry)


def encode(batch: LineBatch, held_at: float) -> bytes:
    """The batch as a frame. `held_at`: seconds since the epoch, UTC."""
    body = _encoder.encode(Entry(held_at, batch.source, batch.key, batch.count, batch.lines))
    fields = _FIELDS.pack(MAGIC, len(body), crc32(body))
    return fields + _CHECK.pack(crc32(fields)) + body


def scan(content: bytes) -> Iterator[Part]:
    """What a spool file consists of, in order and without a gap between the parts. Never raises."""
    offset = 0
    while offset < len(content):
        part = _part(content, offset)
        yield part
        offset += part.size


def _part(content: bytes, offset: int) -> Part:
    length = _body_length(content, offset)
    rest = len(content) - offset
    if length is None:
        return Torn(offset, rest) if rest < _HEADER_BYTES else _damage(content, offset)
    size = _HEADER_BYTES + length
    if size > rest:
        part = _damage(content, offset)
        return Torn(offset, rest) if part.size == rest else part
    entry = _entry(content, offset, size)
    return _damage(content, offset) if entry is None else Whole(offset, size, entry)


def _body_length(content: bytes, offset: int) -> int | None:
    """The length that the header at `offset` tells; `None` when there is no sound one."""
    if len(content) - offset < _HEADER_BYTES or not content.startswith(MAGIC, offset):
        return None
    fields = content[offset : offset + _FIELDS.size]
    if _CHECK.unpack_from(content, offset + _FIELDS.size)[0] != crc32(fields):
        return None
    length: int = _FIELDS.unpack(fields)[1]
    return length


def _entry(content: bytes, offset: int, size: int) -> Entry | None:
    body = content[offset + _HEADER_BYTES : offset + size]
    if _FIELDS.unpack_from(content, offset)[2] != crc32(body):
        return None
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _damage(content: bytes, offset: int) -> Damaged:
    following = content.find(MAGIC, offset + 1)
    while following >= 0 and _body_length(content, following) is None:
        following = content.find(MAGIC, following + 1)
    end = following if following >= 0 else len(content)
    return Damaged(offset, end - offset)
