"""Inputs made of inputs: a field of the tree is changed, or some bytes."""

import re
from collections.abc import Sequence
from random import Random
from typing import Any, Final

from fuzz.structures import UNREADABLE, Tree
from fuzz.target import Target

TOKENS: Final = tuple(
    b'{ } [ ] : , " {"": null true false NaN Infinity -1 0 1e9 1E-9 0.1 .5 5. 00 \\u0000 \\ud800 \\" \xff \xc0\x80'.split()
)
"""What JSON is made of, and what it is nearly made of."""

_WORD: Final = re.compile(rb'"([^"\\]{1,40})"')
_MOST_WORDS: Final = 400
_INTEGERS: Final = (
    0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 2**64, 10**30, 1_767_225_599_123, 4_102_444_800_000,
)  # fmt: skip
_STRINGS: Final = (
    "", " ", "0", "0.0", "-1", "+1", "1e5", "NaN", "Infinity", ".5", "5.", "007.10", "1\n", " 1", "1_000", "0x10", "１", "٣",
    "99999999999999999999", "100000000000000000000", "0.000000000000000001", "0.0000000000000000001", "1.000000000000000000",
    "12345678901234567890.123456789012345678", "9" * 5_000, "a" * 5_000, "\x00", "\u2028", "🎲",
    "2025-12-31T23:59:59.123456Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999-23:59", "2021-04-17T16:43:60Z",
    "2025-12-31T23:59:59", "2025-12-31T23:59:59.123456789123Z",
)  # fmt: skip
_OTHERS: Final[tuple[Tree, ...]] = (None, True, False, 0.1, -0.0, 1e308, float("nan"), float("inf"), [], {}, b"")
_OPENINGS: Final = (b"[", b'{"a":', b"\x91", b"\x81\xa1a")
"""Of a list and of a dict, in JSON and in msgpack."""
_DEEP: Final = 200
_STACKED: Final = (1, 1, 1, 2, 3)

type Slot = tuple[Any, Any]
"""Where a value stands: its list or dict, and its place or key there."""


def words(inputs: Sequence[bytes]) -> list[bytes]:
    """The names and values that stand in quotes in the first inputs, each once."""
    found = dict.fromkeys(word for one in inputs for word in _WORD.findall(one))
    return list(found)[:_MOST_WORDS]


class Mutator:
    """Makes inputs for `target`, with the names that stand in its first ones; the same for the same `random`."""

    def __init__(self, target: Target, first: Sequence[bytes], random: Random) -> None:
        vocabulary = words(first)
        self._structure = target.structure
        self._most_bytes = target.most_bytes
        self._bytes = [*vocabulary, *TOKENS]
        self._names = [word.decode(errors="replace") for word in vocabulary] or ["a"]
        self._random = random
        self._byte_changes = (self._flip, self._cut, self._insert, self._repeat, self._deepen, self._overwrite)
        self._field_changes = (
            self._replace,
            self._replace,
            self._delete,
            self._rename,
            self._swap,
            self._add,
            self._nest,
            self._edit,
        )

    def tree(self, content: bytes) -> bytes | None:
        """The input with a field or some of them changed; `None` where it has no structure, or lost it, or grew too long."""
        try:
            root: list[Tree] = [self._structure.decode(content)]
            for _ in range(self._random.choice(_STACKED)):
                self._random.choice(self._field_changes)(self._slots(root))
            changed = self._structure.encode(root[0])
        except UNREADABLE:
            return None
        return changed if len(changed) <= self._most_bytes else None

    def raw(self, content: bytes) -> bytes:
        """The input with some bytes changed."""
        changed = bytearray(content)
        for _ in range(self._random.choice(_STACKED)):
            self._random.choice(self._byte_changes)(changed)
        return bytes(changed[: self._most_bytes])

    def any(self, content: bytes) -> bytes:
        """Either of the two."""
        changed = self.tree(content) if self._random.random() < 0.6 else None
        return self.raw(content) if changed is None else changed

    def _slots(self, root: list[Tree]) -> list[Slot]:
        slots: list[Slot] = []
        left: list[Any] = [root]
        while left:
            container = left.pop()
            places = container if isinstance(container, dict) else range(len(container))
            for place in places:
                slots.append((container, place))
                if isinstance(container[place], dict | list):
                    left.append(container[place])
        return slots

    def _value(self) -> Tree:
        kind = self._random.randrange(4)
        if kind == 0:
            return self._random.choice(_INTEGERS) + self._random.choice((0, 0, 1, -1))
        if kind == 1:
            return self._random.choice(_STRINGS)
        if kind == 2:
            return self._random.choice(self._names)
        other = self._random.choice(_OTHERS)
        return other.copy() if isinstance(other, dict | list) else other

    def _replace(self, slots: list[Slot]) -> None:
        container, place = self._random.choice(slots)
        container[place] = self._value()

    def _delete(self, slots: list[Slot]) -> None:
        container, place = self._random.choice(slots[1:] or slots)
        del container[place]
        if container is slots[0][0]:
            container.append(None)

    def _rename(self, slots: list[Slot]) -> None:
        named = [slot for slot in slots if isinstance(slot[0], dict)]
        if named:
            container, name = self._random.choice(named)
            container[self._random.choice(self._names)] = container.pop(name)

    def _swap(self, slots: list[Slot]) -> None:
        (one, here), (other, there) = self._random.choice(slots[1:] or slots), self._random.choice(slots[1:] or slots)
        if not isinstance(one[here], dict | list) and not isinstance(other[there], dict | list):
            one[here], other[there] = other[there], one[here]

    def _add(self, slots: list[Slot]) -> None:
        container, place = self._random.choice(slots)
        value = container[place]
        if isinstance(value, dict):
            value[self._random.choice(self._names)] = self._value()
        elif isinstance(value, list):
            again = value and self._random.random() < 0.5
            value.insert(self._random.randrange(len(value) + 1), self._random.choice(value) if again else self._value())

    def _nest(self, slots: list[Slot]) -> None:
        container, place = self._random.choice(slots)
        depth = self._random.choice((1, 1, 1, 2, 20, _DEEP))
        for _ in range(depth):
            container[place] = [container[place]]

    def _edit(self, slots: list[Slot]) -> None:
        """A character or a digit of a value, so that it stays nearly what it was."""
        container, place = self._random.choice(slots)
        value = container[place]
        if isinstance(value, str):
            at = self._random.randrange(len(value) + 1)
            container[place] = (
                value[:at] + self._random.choice("0123456789.-+eE :/Zz\n٣") + value[at + self._random.randrange(2) :]
            )
        elif isinstance(value, int) and not isinstance(value, bool):
            container[place] = value + self._random.choice((1, -1, 1000, -value, value, 2**63))

    def _flip(self, content: bytearray) -> None:
        if content:
            content[self._random.randrange(len(content))] ^= 1 << self._random.randrange(8)

    def _cut(self, content: bytearray) -> None:
        start, end = self._range(content)
        del content[start:end]

    def _insert(self, content: bytearray) -> None:
        at = self._random.randrange(len(content) + 1)
        content[at:at] = self._random.choice(self._bytes)

    def _repeat(self, content: bytearray) -> None:
        start, end = self._range(content)
        times = self._random.choice((1, 2, 5, 5_000 // max(1, end - start)))
        content[end:end] = content[start:end] * times

    def _deepen(self, content: bytearray) -> None:
        """Nested as deep as an input can be: a decoder that recurses gives up before that."""
        at = self._random.randrange(len(content) + 1)
        opening = self._random.choice(_OPENINGS)
        content[at:at] = opening * (self._most_bytes // len(opening))

    def _overwrite(self, content: bytearray) -> None:
        start, end = self._range(content)
        content[start:end] = self._random.randbytes(end - start)

    def _range(self, content: bytearray) -> tuple[int, int]:
        start = self._random.randrange(len(content) + 1)
        length = self._random.choice((1, 1, 2, 4, 16, len(content)))
        return start, min(len(content), start + length)
