"""The format: whatever is cut off or flipped, what is whole is read, in order, and nothing raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coattail_runtime.link import LineBatch
from kinesis_writer.spool.frames import MAGIC, Damaged, Entry, Part, Torn, Whole, encode, scan

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
BATCHES = st.builds(
    LineBatch, TEXTS, TEXTS, st.integers(1, 500), st.binary(min_size=1, max_size=60) | st.just(MAGIC * 3)
)
TIMES = st.floats(allow_nan=False, allow_infinity=False)
ENTRIES = st.lists(st.tuples(BATCHES, TIMES), min_size=1, max_size=6)


def entries(parts: list[Part]) -> list[Entry]:
    return [part.entry for part in parts if isinstance(part, Whole)]


def written(batches: list[tuple[LineBatch, float]]) -> list[Entry]:
    return [Entry(at, batch.source, batch.key, batch.count, batch.lines) for batch, at in batches]


def assert_without_a_gap(parts: list[Part], content: bytes) -> None:
    at = 0
    for part in parts:
        assert (part.offset, part.size > 0) == (at, True)
        at += part.size
    assert at == len(content)


@given(ENTRIES)
def test_what_was_written_is_read(batches: list[tuple[LineBatch, float]]) -> None:
    content = b"".join(encode(batch, at) for batch, at in batches)

    parts = list(scan(content))

    assert entries(parts) == written(batches)
    assert len(parts) == len(batches)
    assert [part.entry.batch for part in parts if isinstance(part, Whole)] == [batch for batch, _ in batches]


@given(ENTRIES, st.data())
def test_a_cut_takes_nothing_before_it_and_is_told_as_torn(
    batches: list[tuple[LineBatch, float]], data: st.DataObject
) -> None:
    frames = [encode(batch, at) for batch, at in batches]
    content = b"".join(frames)
    cut = data.draw(st.integers(0, len(content)))
    whole = sum(len(b"".join(frames[: number + 1])) <= cut for number in range(len(frames)))

    parts = list(scan(content[:cut]))

    assert_without_a_gap(parts, content[:cut])
    assert entries(parts) == written(batches)[:whole]
    rest = [part for part in parts if not isinstance(part, Whole)]
    assert len(rest) <= 1
    assert all(isinstance(part, Torn) for part in rest)


@given(ENTRIES, st.data())
def test_a_flipped_bit_takes_its_own_frame_and_no_other(
    batches: list[tuple[LineBatch, float]], data: st.DataObject
) -> None:
    frames = [encode(batch, at) for batch, at in batches]
    which = data.draw(st.integers(0, len(frames) - 1))
    bit = data.draw(st.integers(0, 8 * len(frames[which]) - 1))
    hurt = bytearray(frames[which])
    hurt[bit // 8] ^= 1 << bit % 8
    content = b"".join([*frames[:which], bytes(hurt), *frames[which + 1 :]])

    parts = list(scan(content))

    assert_without_a_gap(parts, content)
    assert entries(parts) == written(batches[:which] + batches[which + 1 :])
    aside = [content[part.offset : part.offset + part.size] for part in parts if isinstance(part, Damaged)]
    assert b"".join(aside) == bytes(hurt)


@given(ENTRIES, st.binary(max_size=40), st.data())
def test_bytes_that_come_between_are_damage(
    batches: list[tuple[LineBatch, float]], strange: bytes, data: st.DataObject
) -> None:
    frames = [encode(batch, at) for batch, at in batches]
    where = data.draw(st.integers(0, len(frames) - 1))

    parts = list(scan(b"".join([*frames[:where], strange, *frames[where:]])))

    assert entries(parts) == written(batches)


@given(st.binary(max_size=200) | st.lists(st.sampled_from([MAGIC, b"\0\0\0\1", b"\xff", b"x"])).map(b"".join))
def test_any_bytes_are_read_without_an_exception(content: bytes) -> None:
    parts = list(scan(content))

    assert_without_a_gap(parts, content)


@pytest.mark.parametrize("body", [b"\x93\x01\x02\x03", b"\x91" * 200_000])
def test_a_body_of_another_kind_is_damage(body: bytes) -> None:
    from struct import pack
    from zlib import crc32

    fields = pack(">4sII", MAGIC, len(body), crc32(body))
    content = fields + pack(">I", crc32(fields)) + body

    assert list(scan(content)) == [Damaged(0, len(content))]
