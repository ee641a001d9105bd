"""Frames: a frame survives encoding, and what is no frame is refused."""

from collections.abc import Callable
from functools import partial

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coattail_common.contracts import SYMBOL_PATTERN
from coattail_runtime.link import LineBatch
from coattail_runtime.link.frames import (
    MAX_FRAME_BYTES,
    MAX_LINES_BYTES,
    Accepted,
    Batch,
    BatchV1,
    Frame,
    FrameError,
    Held,
    Hello,
    Refused,
    Welcome,
    common_version,
    decode_hello,
    decode_to_connector,
    decode_to_writer,
    encode,
    encode_batch,
)

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=64)
NUMBERS = st.integers(0, 2**63 - 1)
SYMBOLS = st.from_regex(SYMBOL_PATTERN, fullmatch=True)
KEYS = SYMBOLS | st.from_regex(r"[!-~]{1,256}", fullmatch=True)
HELLOS = st.builds(
    Hello,
    version=NUMBERS,
    producer=NAMES,
    session=NAMES,
    token=st.none() | NAMES,
    latest=st.none() | NUMBERS,
)


def batches(kind: type[Batch], keys: st.SearchStrategy[str]) -> st.SearchStrategy[Batch]:
    return st.builds(
        kind,
        seq=st.integers(1, 2**63 - 1),
        source=NAMES,
        key=keys,
        count=st.integers(1, 2**31),
        lines=st.binary(min_size=1, max_size=200),
    )


TO_WRITER = {1: HELLOS | batches(BatchV1, SYMBOLS), 2: HELLOS | batches(Batch, KEYS)}
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
            "source",
            "key",
            "latest",
            "count",
            "lines",
            "held",
            "accepted",
        )
    },
)

type Decode = Callable[[bytes | str], Frame]

VERSIONS = (1, 2)
TO_WRITERS = (decode_hello, *(partial(decode_to_writer, version=version) for version in VERSIONS))
each_decoder = pytest.mark.parametrize("decode", [*TO_WRITERS, decode_to_connector])
WRONG_IN_BOTH: list[tuple[dict[str, object], str]] = [
    ({"seq": 0}, "$.seq"),
    ({"seq": "7"}, "$.seq"),
    ({"count": 0}, "$.count"),
    ({"lines": b""}, "$.lines"),
    ({"lines": b"x" * (MAX_LINES_BYTES + 1)}, "$.lines"),
]

A_BATCH = Batch(seq=7, source="ethereum", key="0xdAC17F958D2ee523a2206206994597C13D831ec7", count=2, lines=b"{}\n{}")
A_BATCH_OF_1 = BatchV1(seq=7, source="binance", key="BTC-USDT", count=2, lines=b"{}\n{}")


@pytest.mark.parametrize(
    ("frame", "version"),
    [
        (Hello(version=1, producer="p", session="s", token="t"), 1),
        (Hello(version=1, producer="p", session="s", latest=2), 2),
        (A_BATCH_OF_1, 1),
        (A_BATCH, 2),
    ],
)
def test_a_connectors_frame_comes_back(frame: Frame, version: int) -> None:
    assert decode_to_writer(encode(frame), version) == frame


@pytest.mark.parametrize(("frame", "version"), [(A_BATCH_OF_1, 2), (A_BATCH, 1)])
def test_decode_batch_of_another_version(frame: Frame, version: int) -> None:
    with pytest.raises(FrameError, match="missing required field"):
        decode_to_writer(encode(frame), version)


@pytest.mark.parametrize("frame", [A_BATCH, A_BATCH_OF_1])
def test_decode_hello_refuses_a_batch_of_any_version(frame: Frame) -> None:
    with pytest.raises(FrameError, match="a batch before the hello"):
        decode_hello(encode(frame))


@pytest.mark.parametrize(
    ("version", "latest", "common"),
    [
        (1, None, 1),
        (2, None, 2),
        (3, None, None),
        (0, None, None),
        (1, 2, 2),
        (1, 9, 2),
        (2, 3, 2),
        (0, 1, 1),
        (3, 4, None),
        (2, 1, None),
    ],
)
def test_common_version_is_the_newest_of_both(version: int, latest: int | None, common: int | None) -> None:
    assert common_version(Hello(version=version, producer="p", session="s", latest=latest)) == common


def test_encode_batch_version_1_has_no_other_key_than_a_symbol() -> None:
    batch = LineBatch("ethereum", A_BATCH.key, 1, b"{}")

    with pytest.raises(FrameError, match=r"no key '0xdAC17.* of ethereum.*deploy a writer of version 2 first"):
        encode_batch(1, batch, 1)
    assert decode_to_writer(encode_batch(1, batch, 2), 2) == Batch(
        seq=1, source="ethereum", key=A_BATCH.key, count=1, lines=b"{}"
    )


@pytest.mark.parametrize("version", VERSIONS)
@given(source=NAMES, symbol=SYMBOLS, count=st.integers(1, 2**31), lines=st.binary(min_size=1, max_size=200))
def test_encode_batch_each_version_says_the_same(
    version: int, source: str, symbol: str, count: int, lines: bytes
) -> None:
    frame = decode_to_writer(encode_batch(7, LineBatch(source, symbol, count, lines), version), version)

    assert isinstance(frame, Batch)
    assert (frame.seq, frame.source, frame.key, frame.count, frame.lines) == (7, source, symbol, count, lines)


@pytest.mark.parametrize(
    "frame", [Welcome(version=1, session="s", held=4, accepted=3), Held(seq=1), Accepted(seq=1), Refused(reason="no")]
)
def test_a_writers_frame_comes_back(frame: Frame) -> None:
    assert decode_to_connector(encode(frame)) == frame


def test_a_field_of_a_later_version_is_ignored() -> None:
    message = msgspec.msgpack.encode({"type": "held", "seq": 3, "since": 12})

    assert decode_to_connector(message) == Held(seq=3)


@pytest.mark.parametrize(
    ("version", "fields", "says"),
    [
        *((version, fields, says) for version in VERSIONS for fields, says in WRONG_IN_BOTH),
        (1, {"symbol": "btcusdt"}, "$.symbol"),
        (1, {"symbol": "BTC-USDT\n"}, "$.symbol"),
        (1, {"exchange": ""}, "$.exchange"),
        (2, {"key": ""}, "$.key"),
        (2, {"key": "0xdAC1 7F95"}, "$.key"),
        (2, {"key": "BTC-USDT\n"}, "$.key"),
        (2, {"key": "x" * 257}, "$.key"),
        (2, {"source": ""}, "$.source"),
    ],
)
def test_a_batch_with_a_wrong_field_names_it(version: int, fields: dict[str, object], says: str) -> None:
    sound = msgspec.msgpack.decode(encode({1: A_BATCH_OF_1, 2: A_BATCH}[version]))
    wrong = msgspec.msgpack.encode(sound | fields)

    with pytest.raises(FrameError) as refused:
        decode_to_writer(wrong, version)

    assert says in str(refused.value)


def test_what_is_nested_without_end_is_refused() -> None:
    deep = b"\x91" * 200_000 + b"\xc0"

    with pytest.raises(FrameError, match="recursion"):
        decode_to_connector(b"\x83\xa4type\xa4held\xa3seq\x01\xa1x" + deep)


@pytest.mark.parametrize("decode", TO_WRITERS)
@pytest.mark.parametrize("message", [b"", b"\xc1", b"hello", encode(Held(seq=1)), encode(A_BATCH)[:-1], "text"])
def test_what_is_no_frame_for_the_writer_is_refused(decode: Decode, message: bytes | str) -> None:
    with pytest.raises(FrameError):
        decode(message)


@pytest.mark.parametrize(("version", "key"), [(1, f"{'가' * 20}-{'가' * 20}"), (2, "x" * 256)])
def test_the_largest_batch_fits_into_a_frame(version: int, key: str) -> None:
    batch = LineBatch("가" * 64, key, MAX_LINES_BYTES, b"x" * MAX_LINES_BYTES)
    largest = encode_batch(2**63 - 1, batch, version)

    assert len(largest) <= MAX_FRAME_BYTES
    assert isinstance(decode_to_writer(largest, version), Batch)


def assert_a_frame_or_refused(decode: Decode, message: bytes) -> None:
    said = ""
    try:
        frame = decode(message)
    except FrameError as error:
        said = str(error)
    assert said or decode(encode(frame)) == frame


@pytest.mark.parametrize("version", VERSIONS)
@given(data=st.data())
def test_whatever_a_connector_says_comes_back(version: int, data: st.DataObject) -> None:
    frame = data.draw(TO_WRITER[version])

    assert decode_to_writer(encode(frame), version) == frame


@given(HELLOS)
def test_whatever_hello_a_connector_says_comes_back(hello: Hello) -> None:
    assert decode_hello(encode(hello)) == hello


@given(TO_CONNECTOR)
def test_whatever_a_writer_says_comes_back(frame: Frame) -> None:
    assert decode_to_connector(encode(frame)) == frame


@each_decoder
@given(message=st.binary())
@example(message=b"\xdd\xff\xff\xff\xff")
@example(message=b"\x91" * 5_000)
def test_any_bytes_are_a_frame_or_refused_with_words(decode: Decode, message: bytes) -> None:
    assert_a_frame_or_refused(decode, message)


@each_decoder
@given(value=LIKE_A_FRAME | ANYTHING)
def test_anything_like_a_frame_is_one_or_refused_with_words(decode: Decode, value: object) -> None:
    assert_a_frame_or_refused(decode, msgspec.msgpack.encode(value))


@each_decoder
@given(frame=TO_WRITER[1] | TO_WRITER[2] | TO_CONNECTOR, data=st.data())
def test_a_frame_that_is_cut_or_hurt_is_refused_or_another(decode: Decode, frame: Frame, data: st.DataObject) -> None:
    message = bytearray(encode(frame))
    bit = data.draw(st.integers(0, 8 * len(message) - 1))
    message[bit // 8] ^= 1 << bit % 8

    assert_a_frame_or_refused(decode, bytes(message))
    with pytest.raises(FrameError):
        decode(encode(frame)[: bit // 8])
