import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coattail_replay.spool import LineChunk, pieces

_LINES = st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), min_size=1, max_size=200)


@given(_LINES, st.integers(1, 500), st.integers(1, 100), st.booleans())
def test_the_pieces_are_the_file_and_know_their_first_line(
    lines: list[bytes], piece_bytes: int, block_bytes: int, ends: bool
) -> None:
    content = b"\n".join(lines) + (b"\n" if ends else b"")

    found = list(pieces(io.BytesIO(content), has_header=False, piece_bytes=piece_bytes, block_bytes=block_bytes))

    assert b"".join(block for piece in found for block in piece.blocks) == content
    before = 0
    for piece in found:
        assert piece.first == 1 + before
        text = b"".join(piece.blocks)
        assert text.endswith(b"\n") or piece is found[-1]
        before += text.count(b"\n")


def test_a_header_and_what_is_empty_before_it_are_left_out() -> None:
    found = list(pieces(io.BytesIO(b"\n\na,b\n1,2\n3,4"), has_header=True, piece_bytes=100))

    assert [(piece.first, b"".join(piece.blocks)) for piece in found] == [(4, b"1,2\n3,4")]


@pytest.mark.parametrize(
    ("text", "delimiter", "is_plain"),
    [
        (b"a,b\nc,d\n", ",", True),
        (b"a,b\r\nc,d\r\n", ",", True),
        (b"a\tb\n", "\t", True),
        (b"a,\tb\n", ",", False),
        (b"a, b\n", ",", False),
        (b'a,"b"\n', ",", False),
        (b"a\rb,c\n", ",", False),
        (b"a,\x00b\n", ",", False),
    ],
)
def test_a_plain_piece_is_one_that_splitting_reads_as_a_parser_would(
    text: bytes, delimiter: str, is_plain: bool
) -> None:
    assert LineChunk(1, [text]).is_plain(delimiter) is is_plain
