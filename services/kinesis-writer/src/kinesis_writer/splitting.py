"""Cutting the lines of a batch so that each cut fits into a record."""

from coattail_common.lines import SEPARATOR


def split(lines: bytes, limit: int) -> list[bytes]:
    """The lines in as few parts of at most `limit` bytes as their order allows; a longer line is a part of its own."""
    parts: list[bytes] = []
    start = 0
    while len(lines) - start > limit:
        cut = lines.rfind(SEPARATOR, start, start + limit + len(SEPARATOR))
        if cut < 0:
            cut = lines.find(SEPARATOR, start + limit)
        if cut < 0:
            break
        parts.append(lines[start:cut])
        start = cut + len(SEPARATOR)
    parts.append(lines[start:])
    return parts
