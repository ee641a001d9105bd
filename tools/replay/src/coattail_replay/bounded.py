"""Reading what may have no end: lines, and the elements of a JSON array, in bounded memory."""

import re
from collections.abc import Iterator
from typing import IO, Final

BLOCK: Final = 1 << 20
_TEXT: Final = rb'[^"\\]*(?:\\.[^"\\]*)*'
_rest_of_text: Final = re.compile(_TEXT, re.DOTALL).match
_marks: Final = re.compile(rb'"%b("?)|[\[\]{},]' % _TEXT, re.DOTALL).finditer
"""A text, with its closing quote if the block has it, or what structures JSON."""
_BLANK: Final = b" \t\r\n"


def blocks(file: IO[bytes], block_bytes: int, longest: int) -> Iterator[bytes]:
    """Yield the bytes of the file, of a line only about the first `longest`."""
    open_bytes = 0
    for block in iter(lambda: file.read(block_bytes), b""):
        end = block.find(b"\n")
        length = end if end >= 0 else len(block)
        kept = block
        if open_bytes + length > longest:
            kept = block[: max(longest - open_bytes, 0)] + block[length:]
        if kept:
            yield kept
        open_bytes = len(block) - block.rfind(b"\n") - 1 if end >= 0 else open_bytes + length


def lines(file: IO[bytes], longest: int) -> Iterator[tuple[bytes, int]]:
    """Yield each line, its end included, with its length: of a line longer than `longest` only so many bytes."""
    for line in iter(lambda: file.readline(longest), b""):
        length = len(line)
        if length == longest and not line.endswith(b"\n"):
            for more in iter(lambda: file.readline(BLOCK), b""):
                length += len(more)
                if more.endswith(b"\n"):
                    break
        yield line, length


def elements(file: IO[bytes], longest: int) -> Iterator[tuple[bytes, int]]:
    """Yield the elements of a JSON array as they are written, without blanks around them, with their lengths, as `lines` does.

    The elements are not parsed: one may be no JSON. Another array may follow the first.
    """
    element = _Element(longest)
    depth = 0
    is_text = False
    for block in _unescaped_blocks(file):
        begin = start = 0
        if is_text and (rest := _rest_of_text(block)):
            start = rest.end()
            is_text = start == len(block)
            start += not is_text
        for mark in _marks(block, start):
            byte, place = mark[0], mark.start()
            if byte[:1] == b'"':
                is_text = depth > 0 and not mark[1]
            elif not (depth or byte == b"["):
                continue
            elif byte in b"[{":
                depth += 1
                if depth == 1:
                    begin = place + 1
            elif byte in b"]}" or (byte == b"," and depth == 1):
                depth -= byte != b","
                if depth == (byte == b","):
                    element.add(block[begin:place])
                    yield from element.taken()
                    begin = place + 1
        if depth:
            element.add(block[begin:])
    yield from element.taken()


class _Element:
    """The bytes of an element so far, at most so many of them."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._bytes = bytearray()
        self._length = 0

    def add(self, part: bytes) -> None:
        self._length += len(part)
        self._bytes += part[: self._longest - len(self._bytes)]

    def taken(self) -> Iterator[tuple[bytes, int]]:
        """Yield the element, unless it is empty, and begin another."""
        found = bytes(self._bytes).strip(_BLANK)
        length = self._length if self._length > self._longest else len(found)
        self._bytes.clear()
        self._length = 0
        if found:
            yield found, length


def _unescaped_blocks(file: IO[bytes]) -> Iterator[bytes]:
    """The file in blocks none of which ends between a backslash and what it escapes."""
    for block in iter(lambda: file.read(BLOCK), b""):
        whole = block
        while whole.endswith(b"\\") and (more := file.read(1)):
            whole += more
        yield whole
