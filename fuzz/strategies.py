"""Values as hypothesis makes them, for the connectors' own tests: what an exchange might send in place of what it should."""

from typing import Final

import msgspec
from hypothesis import strategies as st

JSON: Final[st.SearchStrategy[object]] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
"""Anything at all."""

PLAIN: Final = st.from_regex(r"[1-9][0-9]{0,4}\.[0-9]{1,8}", fullmatch=True)
"""Amounts as they should be."""

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


@st.composite
def hurt(draw: st.DrawFn, values: st.SearchStrategy[object]) -> tuple[bytes, bytes]:
    """One of them as JSON, cut off at some place, and with bytes put in there that do not belong."""
    whole = msgspec.json.encode(draw(values))
    place = draw(st.integers(0, len(whole)))
    return whole[:place], whole[:place] + draw(st.binary(max_size=4)) + whole[place:]
