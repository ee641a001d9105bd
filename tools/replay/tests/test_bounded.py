"""Lines and elements without an end are read in bounded memory."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coattail_replay import bounded

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def test_a_long_line_is_cut_and_the_next_is_whole() -> None:
    file = io.BytesIO(b"a\n" + b"x" * 50 + b"\nb\n" + b"y" * 50)

    assert list(bounded.lines(file, 10)) == [(b"a\n", 2), (b"x" * 10, 51), (b"b\n", 2), (b"y" * 10, 50)]


@given(st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), max_size=20), st.integers(1, 20))
def test_blocks_are_the_file_but_for_the_ends_of_long_lines(lines: list[bytes], block_bytes: int) -> None:
    content = b"\n".join(lines)

    found = b"".join(bounded.blocks(io.BytesIO(content), block_bytes, longest=10))

    assert found.count(b"\n") == content.count(b"\n")
    for line, kept in zip(content.split(b"\n"), found.split(b"\n"), strict=True):
        assert kept == line if len(line) <= 10 else line.startswith(kept[:10])
        assert len(kept) <= 10 + block_bytes


@given(st.lists(_JSON, max_size=8), st.sampled_from([None, 2]), st.sampled_from([1, 2, 3, 7, 1 << 20]))
def test_the_elements_of_an_array_come_as_they_are_written(
    values: list[object], indent: int | None, block: int
) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=False).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounded, "BLOCK", block)
        found = list(bounded.elements(io.BytesIO(b" \n" + text + b"\n" + text), 1 << 20))

    assert [json.loads(element) for element, _ in found] == values * 2


def test_a_long_element_is_cut_and_the_next_is_whole() -> None:
    file = io.BytesIO(b'[{"a": "%b"}, {"b": "]"}]' % (b"x" * 50))

    assert list(bounded.elements(file, 20)) == [(b'{"a": "xxxxxxxxxxxxx', 59), (b'{"b": "]"}', 10)]


def test_an_array_that_is_cut_short_yields_what_there_is() -> None:
    assert [one for one, _ in bounded.elements(io.BytesIO(b'[{"a":1},{"b":'), 100)] == [b'{"a":1}', b'{"b":']
