"""Where frames end, whatever chunks their bytes come in."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from coattail_chaos.frames import FrameScanner

HEAD = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


def a_frame(payload: int, *, masked: bool) -> bytes:
    """A binary frame with so many bytes of payload."""
    mask = b"\x0d\x0a\x0d\x0a" if masked else b""  # as the end of a head, to mislead
    flag = 0x80 if masked else 0
    if payload < 126:
        header = bytes([0x82, flag | payload])
    elif payload < 2**16:
        header = bytes([0x82, flag | 126]) + payload.to_bytes(2)
    else:
        header = bytes([0x82, flag | 127]) + payload.to_bytes(8)
    return header + mask + b"\x82" * payload


frames = st.lists(
    st.builds(
        a_frame, st.one_of(st.integers(0, 300), st.sampled_from([125, 126, 65_535, 65_536])), masked=st.booleans()
    ),
    min_size=1,
    max_size=6,
)


def chunks_of(content: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(content), *(cut % (len(content) + 1) for cut in cuts)})
    return [content[begin:end] for begin, end in pairwise(edges)]


@given(frames, st.lists(st.integers(0, 10**6), max_size=12))
def test_the_ends_are_those_of_the_frames(sent: list[bytes], cuts: list[int]) -> None:
    scanner = FrameScanner()
    content = HEAD + b"".join(sent)
    found, at = [], 0
    for chunk in chunks_of(content, cuts):
        found += [at + end for end in scanner.feed(chunk).ends]
        at += len(chunk)

    expected = [len(HEAD)]
    for frame in sent:
        expected.append(expected[-1] + len(frame))
    assert found == expected[1:]
    assert scanner.frames == len(sent)


@given(frames, st.lists(st.integers(0, 10**6), max_size=12))
def test_what_is_inside_is_a_frame_begun_and_not_ended(sent: list[bytes], cuts: list[int]) -> None:
    scanner = FrameScanner()
    content = HEAD + b"".join(sent)
    boundaries = {len(HEAD)}
    for frame in sent:
        boundaries.add(max(boundaries) + len(frame))
    at = 0
    for chunk in chunks_of(content, cuts):
        inside = {at + offset for offset in scanner.feed(chunk).inside()}
        assert inside == {
            offset for offset in range(at + 1, at + len(chunk) + 1) if offset > len(HEAD) and offset not in boundaries
        }
        at += len(chunk)


@given(st.binary(max_size=400), st.integers(0, 400))
def test_nothing_makes_it_raise(content: bytes, cut: int) -> None:
    scanner = FrameScanner()
    scanner.feed(HEAD)
    scanner.feed(content[:cut])
    scanner.feed(content[cut:])
