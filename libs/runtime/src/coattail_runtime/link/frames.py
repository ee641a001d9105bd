"""The frames of the link: msgpack maps tagged by `type`, one in each binary WebSocket message.

Fields may be added with a default (a reader ignores what it does not know); anything else is a new `VERSION`.
"""

from typing import Annotated, Final, cast

import msgspec
from msgspec import Meta

from coattail_common.contracts import Symbol

VERSION: Final = 1
"""The protocol's version. Both ends must speak the same."""

MAX_LINES_BYTES: Final = 512 * 1024
"""The most bytes of lines in one batch."""

MAX_FRAME_BYTES: Final = MAX_LINES_BYTES + 4096
"""The most bytes of one frame: a full batch and its fields."""

MOST_CREDIT_BYTES: Final = 2 * 1024 * 1024
"""The most bytes of lines that a connection may have sent and the writer does not hold. A writer of before credits means this."""

type Sequence = Annotated[int, Meta(ge=0, description="a batch's number; 0 stands before the first")]
type Credit = Annotated[
    int, Meta(ge=1, le=2**31 - 1, description="bytes of lines that may be sent beyond what is held; one batch always")
]
type Name = Annotated[str, Meta(min_length=1, max_length=64)]
type Lines = Annotated[bytes, Meta(min_length=1, max_length=MAX_LINES_BYTES)]


class FrameError(ValueError):
    """What arrived is no frame, or not one that may come now. It closes its connection and nothing else."""


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """A message in either direction."""


class Hello(Frame, frozen=True, kw_only=True, tag="hello"):
    """Connector → writer, first: who sends.

    `session` is new with each process of the producer; its batches count from 1.
    """

    version: int
    producer: Name
    session: Name
    token: str | None = None


class Batch(Frame, frozen=True, kw_only=True, tag="batch"):
    """Connector → writer: `count` lines of one market, joined by a line feed (`coattail_common.lines`)."""

    seq: Annotated[int, Meta(ge=1)]
    exchange: Name
    symbol: Symbol
    count: Annotated[int, Meta(ge=1)]
    lines: Lines


class Welcome(Frame, frozen=True, kw_only=True, tag="welcome"):
    """Writer → connector, the answer to `Hello`: go on after `held`.

    `held` and `accepted` are what this writer has of the producer's session, 0 when it has nothing (a writer that was
    restarted). `session` is new with each process of the writer.
    """

    version: int
    session: Name
    held: Sequence
    accepted: Sequence
    credit: Credit = MOST_CREDIT_BYTES


class Held(Frame, frozen=True, kw_only=True, tag="held"):
    """Writer → connector: every batch up to `seq` is held, and so much more may be sent."""

    seq: Sequence
    credit: Credit = MOST_CREDIT_BYTES


class Accepted(Frame, frozen=True, kw_only=True, tag="accepted"):
    """Writer → connector: every batch up to `seq` is in the stream."""

    seq: Sequence


class Refused(Frame, frozen=True, kw_only=True, tag="refused"):
    """Writer → connector, instead of `Welcome`: this producer cannot be served, and trying again will not help."""

    reason: str


type ToWriter = Hello | Batch
type ToConnector = Welcome | Held | Accepted | Refused

_encoder = msgspec.msgpack.Encoder()
_to_writer = msgspec.msgpack.Decoder(Hello | Batch)
_to_connector = msgspec.msgpack.Decoder(Welcome | Held | Accepted | Refused)


def encode(frame: Frame) -> bytes:
    """The frame as the payload of one binary message."""
    return _encoder.encode(frame)


def decode_to_writer(message: bytes | str) -> ToWriter:
    """A frame the writer received. Raises `FrameError`, saying what is wrong with it."""
    return cast("ToWriter", _decode(_to_writer, message))


def decode_to_connector(message: bytes | str) -> ToConnector:
    """A frame the connector received. Raises `FrameError`, saying what is wrong with it."""
    return cast("ToConnector", _decode(_to_connector, message))


def _decode[T](decoder: msgspec.msgpack.Decoder[T], message: bytes | str) -> T:
    if isinstance(message, str):
        problem = "a text message; frames are binary"
        raise FrameError(problem)
    try:
        return decoder.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FrameError(str(error)) from error
