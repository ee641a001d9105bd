"""Text → pieces that Spark reads side by side: unpacked, cut at the ends of lines, each knowing the number of its first line.

Writing them reads every file to its end, which shows that it is whole before anything else is written.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

import msgspec
import numpy as np

from coattail_replay import bounded
from coattail_replay.formats import Layout
from coattail_replay.opening import unpacked
from coattail_replay.sources import Source

PIECE_BYTES: Final = 16 << 20
PLAIN: Final = "plain"
QUOTED: Final = "quoted"
_BLANKS: Final = bytes(range(33))
"""What a reader of CSV may take for something else than a cell's content, as it may a quote."""
_LINE_END: Final = ord("\n")
_LONGEST_LINE: Final = 8 << 20
"""Of a longer line only so much is kept: it is no trade, and is refused."""
_NOTHING: Final = "__HIVE_DEFAULT_PARTITION__"
"""How a NULL is written in a folder's name."""


class LineChunk(msgspec.Struct, frozen=True):
    """Whole lines of a file; `first` is the number of the first of them, from 1."""

    first: int
    blocks: list[bytes]

    def is_plain(self, delimiter: str) -> bool:
        """Whether what stands between its delimiters is what its cells hold: nothing is quoted, and no cell has blanks around it."""
        return all(_is_plain(block, delimiter) for block in self.blocks)


def _is_plain(block: bytes, delimiter: str) -> bool:
    if b'"' in block:
        return False
    allowed = count_lines(block)
    if b"\r" in block:
        ends = block.count(b"\r\n")
        if block.count(b"\r") != ends:
            return False
        allowed += ends
    if delimiter.encode() in _BLANKS:
        allowed += block.count(delimiter.encode())
    return int(np.count_nonzero(np.frombuffer(block, np.uint8) < len(_BLANKS))) == allowed


def spool(
    source: Source,
    layout: Layout,
    folder: Path,
    numbers: Iterator[int],
    advance: Callable[[int], None],
    piece_bytes: int = PIECE_BYTES,
) -> None:
    """Write the rows of the file below `folder`: plain pieces below `PLAIN`, others below `QUOTED`, whose folders' names are columns.
    `numbers` are for its pieces, and `advance` gets bytes as they are read.

    Raises `InputError` when the file is damaged.
    """
    told = f"told_exchange={source.exchange or _NOTHING}/told_symbol={source.symbol or _NOTHING}"
    with unpacked(source.path) as file:
        for piece in pieces(file, layout.has_header, piece_bytes):
            kind = PLAIN if piece.is_plain(layout.delimiter) else QUOTED
            to = folder / kind / f"source={source.number}" / told / f"piece={next(numbers)}" / f"first={piece.first}"
            to.mkdir(parents=True)
            with (to / "rows.txt").open("wb") as out:
                out.writelines(piece.blocks)
            advance(sum(map(len, piece.blocks)))


def pieces(
    file: IO[bytes], has_header: bool, piece_bytes: int, block_bytes: int = bounded.BLOCK
) -> Iterator[LineChunk]:
    """The file's lines in pieces of about so many bytes, its header and what is empty before it left out."""
    first = 1
    if has_header:
        line = b"\n"
        while line and not line.strip():
            line, _ = next(bounded.lines(file, _LONGEST_LINE), (b"", 0))
            first += 1
    blocks: list[bytes] = []
    size = 0
    for block in bounded.blocks(file, block_bytes, _LONGEST_LINE):
        size += len(block)
        cut = block.rfind(b"\n") + 1 if size >= piece_bytes else 0
        if not cut:
            blocks.append(block)
            continue
        blocks.append(block[:cut])
        yield LineChunk(first, blocks)
        first += sum(map(count_lines, blocks))
        blocks = [block[cut:]]
        size = len(blocks[0])
    if size:
        yield LineChunk(first, blocks)


def count_lines(content: bytes) -> int:
    """Return how many ends of lines there are: several times faster than `bytes.count`, which stops at each."""
    return int(np.count_nonzero(np.frombuffer(content, np.uint8) == _LINE_END))
