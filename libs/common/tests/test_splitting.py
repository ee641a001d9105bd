"""Cutting: the lines stay whole and in order."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from coattail_common.lines import split

LINES = st.lists(st.binary(min_size=1, max_size=20).filter(lambda line: b"\n" not in line), min_size=1, max_size=30)


@given(LINES, st.integers(min_value=1, max_value=60))
def test_the_parts_are_the_lines(lines: list[bytes], limit: int) -> None:
    parts = split(b"\n".join(lines), limit)

    assert [line for part in parts for line in part.split(b"\n")] == lines


@given(LINES, st.integers(min_value=1, max_value=60))
def test_a_part_is_within_the_limit_or_one_line_and_no_two_would_fit_together(lines: list[bytes], limit: int) -> None:
    parts = split(b"\n".join(lines), limit)

    assert all(len(part) <= limit or b"\n" not in part for part in parts)
    for part, following in pairwise(parts):
        assert len(part) + 1 + len(following.split(b"\n")[0]) > limit


def test_what_fits_is_left_alone() -> None:
    assert split(b"a\nb", 3) == [b"a\nb"]
