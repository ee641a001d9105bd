"""Frames: what is said is understood, and what is no frame is told so."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coattail_common.contracts import SYMBOL_PATTERN
from coattail_runtime.link.frames import (
    MAX_FRAME_BYTES,
    MAX_LINES_BYTES,
    Accepted,
    Batch,
    Frame,
    FrameError,
    Held,
    Hello,
    Refused,
    Welcome,
    decode_to_connector,
    decode_to_writer,
    encode,
)

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=64)
NUMBERS = st.integers(0, 2**63 - 1)
TO_WRITER = st.builds(Hello, version=NUMBERS, producer=NAMES, session=NAMES, token=st.none() | NAMES) | st.builds(
    Batch,
    seq=st.integers(1, 2**63 - 1),
    exchange=NAMES,
    symbol=st.from_regex(SYMBOL_PATTERN, fullmatch=True),
    count=st.integers(1, 2**31),
    lines=st.binary(min_size=1, max_size=200),
)
CREDITS = st.integers(1, 2**31 - 1)
TO_CONNECTOR = (
    st.builds(Welcome, version=NUMBERS, session=NAMES, held=NUMBERS, accepted=NUMBERS, credit=CREDITS)
    | st.builds(Held, seq=NUMBERS, credit=CREDITS)
    | st.builds(Accepted, seq=NUMBERS)
    | st.builds(Refused, reason=st.text(st.characters(codec="utf-8")))
)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=9)
    | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
LIKE_A_FRAME = st.fixed_dictionaries(
    {"type": st.sampled_from(["hello", "batch", "welcome", "held", "accepted", "refused"]) | ANYTHING},
    optional={
        name: st.just("x") | st.just("BTC-USDT") | st.integers(-1, 2) | st.just(b"{}") | ANYTHING
        for name in (
            "version",
            "producer",
            "session",
            "token",
            "seq",
            "exchange",
            "symbol",
            "count",
            "lines",
            "held",
            "accepted",
        )
    },
)

type Decode = Callable[[bytes | str], Frame]

both_ways = pytest.mark.parametrize("decode", [decode_to_writer, decode_to_connector])

A_BATCH = Batch(seq=7, exchange="binance", symbol="BTC-USDT", count=2, lines=b"{}\n{}")


@pytest.mark.parametrize("frame", [Hello(version=1, producer="p", session="s", token="t"), A_BATCH])
def test_a_connectors_frame_comes_back(frame: Frame) -> None:
    assert decode_to_writer(encode(frame)) == frame


@pytest.mark.parametrize(
    "frame", [Welcome(version=1, session="s", held=4, accepted=3), Held(seq=1), Accepted(seq=1), Refused(reason="no")]
)
def test_a_writers_frame_comes_back(frame: Frame) -> None:
    assert decode_to_connector(encode(frame)) == frame


def test_a_field_of_a_later_version_is_ignored() -> None:
    message = msgspec.msgpack.encode({"type": "held", "seq": 3, "since": 12})

    assert decode_to_connector(message) == Held(seq=3)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"seq": 0}, "$.seq"),
        ({"seq": "7"}, "$.seq"),
        ({"symbol": "btcusdt"}, "$.symbol"),
        ({"symbol": "BTC-USDT\n"}, "$.symbol"),
        ({"exchange": ""}, "$.exchange"),
        ({"count": 0}, "$.count"),
        ({"lines": b""}, "$.lines"),
        ({"lines": b"x" * (MAX_LINES_BYTES + 1)}, "$.lines"),
    ],
)
def test_a_batch_with_a_wrong_field_names_it(fields: dict[str, object], says: str) -> None:
    wrong = msgspec.msgpack.encode({"type": "batch"} | msgspec.structs.asdict(A_BATCH) | fields)

    with pytest.raises(FrameError) as refused:
        decode_to_writer(wrong)

    assert says in str(refused.value)


def test_what_is_nested_without_end_is_refused() -> None:
    deep = b"\x91" * 200_000 + b"\xc0"

    with pytest.raises(FrameError, match="recursion"):
        decode_to_connector(b"\x83\xa4type\xa4held\xa3seq\x01\xa1x" + deep)


@pytest.mark.parametrize("message", [b"", b"\xc1", b"hello", encode(Held(seq=1)), encode(A_BATCH)[:-1], "text"])
def test_what_is_no_frame_for_the_writer_is_refused(message: bytes | str) -> None:
    with pytest.raises(FrameError):
        decode_to_writer(message)


def test_the_largest_batch_fits_into_a_frame() -> None:
    largest = Batch(
        seq=2**63 - 1,
        exchange="x" * 64,
        symbol=f"{'B' * 20}-{'Q' * 20}",
        count=MAX_LINES_BYTES,
        lines=b"x" * MAX_LINES_BYTES,
    )

    assert len(encode(largest)) <= MAX_FRAME_BYTES


def assert_a_frame_or_refused(decode: Decode, message: bytes) -> None:
    said = ""
    try:
        frame = decode(message)
    except FrameError as error:
        said = str(error)
    assert said or decode(encode(frame)) == frame


@given(TO_WRITER)
def test_whatever_a_connector_says_comes_back(frame: Frame) -> None:
    assert decode_to_writer(encode(frame)) == frame


@given(TO_CONNECTOR)
def test_whatever_a_writer_says_comes_back(frame: Frame) -> None:
    assert decode_to_connector(encode(frame)) == frame


@both_ways
@given(message=st.binary())
@example(message=b"\xdd\xff\xff\xff\xff")
@example(message=b"\x91" * 5_000)
def test_any_bytes_are_a_frame_or_refused_with_words(decode: Decode, message: bytes) -> None:
    assert_a_frame_or_refused(decode, message)


@both_ways
@given(value=LIKE_A_FRAME | ANYTHING)
def test_anything_like_a_frame_is_one_or_refused_with_words(decode: Decode, value: object) -> None:
    assert_a_frame_or_refused(decode, msgspec.msgpack.encode(value))


@both_ways
@given(frame=TO_WRITER | TO_CONNECTOR, data=st.data())
def test_a_frame_that_is_cut_or_hurt_is_refused_or_another(decode: Decode, frame: Frame, data: st.DataObject) -> None:
    message = bytearray(encode(frame))
    bit = data.draw(st.integers(0, 8 * len(message) - 1))
    message[bit // 8] ^= 1 << bit % 8

    assert_a_frame_or_refused(decode, bytes(message))
    with pytest.raises(FrameError):
        decode(encode(frame)[: bit // 8])
