"""Frames: what is said is understood, and what is no frame is told so."""

import msgspec
import pytest

from coattail_common.link.frames import (
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
