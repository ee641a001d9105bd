"""What an exchange might send in place of what it should: examples of it are damaged, as hypothesis chooses."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from hypothesis import strategies as st

JSON: Final[st.SearchStrategy[object]] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
"""Anything at all."""

_PLAIN: Final = st.from_regex(r"[1-9][0-9]{0,4}\.[0-9]{1,8}", fullmatch=True)
"""Amounts as they should be: their exact product is compared."""

AMOUNTS: Final = st.from_regex(r"[0-9.eE+-]{0,30}", fullmatch=True) | st.sampled_from(["NaN", "1", "0.5"]) | JSON
"""What may stand where an amount does."""

TIMES: Final = (
    st.datetimes().map(lambda moment: moment.isoformat() + "Z")
    | st.from_regex(
        r"20[0-9]{2}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-5][0-9]:[0-6][0-9](\.[0-9]{0,12})?(Z|[+-][0-9]{2}:?[0-9]{2})?",
        fullmatch=True,
    )
    | st.sampled_from(["0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999999-23:59", "2021-04-17T16:43:60Z"])
    | JSON
)
"""What may stand where a time does that is written out."""


_MOST_DAMAGES: Final = 3
_seldom: Final = st.sampled_from([False, False, False, True])


@st.composite
def like(draw: st.DrawFn, samples: Sequence[str]) -> bytes:
    """Return one of the samples, which are JSON, with up to three of its values missing, repeated or replaced.

    A value may come from another place or another sample, and so may fields: a heartbeat's type with the fields of a trade.
    """
    values = [msgspec.json.decode(sample) for sample in samples]
    words = sorted({text for value in values for text in _texts(value)})
    value = draw(st.sampled_from(values))
    other = draw(st.sampled_from(values))
    if isinstance(value, dict) and isinstance(other, dict) and other and draw(_seldom):
        value = value | {name: other[name] for name in draw(st.lists(st.sampled_from(sorted(other)), max_size=3))}
    for _ in range(draw(st.integers(0, _MOST_DAMAGES))):
        value = _damaged(draw, value, words)
    return msgspec.json.encode(value)


@st.composite
def cut(draw: st.DrawFn, samples: Sequence[str]) -> tuple[bytes, bytes]:
    """Return one that is `like` the samples, cut off at some place, and the same with bytes put in that do not belong."""
    whole = draw(like(samples))
    place = draw(st.integers(0, len(whole)))
    return whole[:place], whole[:place] + draw(st.binary(max_size=4)) + whole[place:]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _damaged(draw: st.DrawFn, value: Any, words: Sequence[str]) -> Any:
    """Return the value with one thing in it missing, repeated or replaced."""
    if isinstance(value, dict) and value:
        key = draw(st.sampled_from(sorted(value)))
        if draw(_seldom):
            return {name: one for name, one in value.items() if name != key}
        return {**value, key: _inner(draw, value[key], words)}
    if isinstance(value, list) and value:
        place = draw(st.integers(0, len(value) - 1))
        beside = draw(st.booleans())
        return [*value[:place], _inner(draw, value[place], words), *value[place if beside else place + 1 :]]
    return draw(JSON)


def _inner(draw: st.DrawFn, value: Any, words: Sequence[str]) -> Any:
    if isinstance(value, dict | list):
        return draw(JSON) if draw(_seldom) else _damaged(draw, value, words)
    if isinstance(value, bool):
        return draw(st.booleans() | JSON)
    if isinstance(value, int | float):
        return draw(st.integers(-5, 99) | st.integers(-(2**63), 2**70) | st.just(0.5) | JSON)
    return draw(st.sampled_from([value, *words]) | _PLAIN | AMOUNTS | TIMES | st.integers(-5, 2**70).map(str))
