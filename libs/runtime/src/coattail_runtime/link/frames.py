"""The frames of the link: msgpack maps tagged by `type`, one in each binary WebSocket message.

Fields may be added with a default (a reader ignores what it does not know); anything else is a new `VERSION`. Both ends
speak each version from `OLDEST_VERSION` on. Only a batch differs: everything behind this module has the newest one's names.
"""

from typing import Annotated, Final, cast

import msgspec
from msgspec import Meta

from coattail_common.contracts import SYMBOL_PATTERN, Symbol, is_symbol
from coattail_runtime.link.batching import LineBatch

VERSION: Final = 2
"""The protocol's newest version."""

OLDEST_VERSION: Final = 1
"""The oldest version that is still spoken."""

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
type Key = Annotated[
    str,
    Meta(
        pattern=rf"^([!-~]{{1,256}}|{SYMBOL_PATTERN})\Z",
        description="what of a source: a market's symbol, a contract, a token; no longer than a partition key may be",
    ),
]
type Lines = Annotated[bytes, Meta(min_length=1, max_length=MAX_LINES_BYTES)]


class FrameError(ValueError):
    """What arrived is no frame, or not one that may come now. It closes its connection and nothing else."""


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """A message in either direction."""


class Hello(Frame, frozen=True, kw_only=True, tag="hello"):
    """Connector → writer, first: who sends.

    `session` is new with each process of the producer; its batches count from 1. `version` is the oldest version that the
    producer speaks, `latest` the newest where it speaks several. A writer of version 1 ignores `latest`.
    """

    version: int
    producer: Name
    session: Name
    token: str | None = None
    latest: int | None = None


class Batch(Frame, frozen=True, kw_only=True, tag="batch"):
    """Connector → writer: `count` lines of one key of a source, joined by a line feed (`coattail_common.lines`)."""

    seq: Annotated[int, Meta(ge=1)]
    source: Name
    key: Key
    count: Annotated[int, Meta(ge=1)]
    lines: Lines


class BatchV1(Batch, frozen=True, kw_only=True, tag="batch", rename={"source": "exchange", "key": "symbol"}):
    """A batch as version 1 has it: of an exchange and a symbol."""

    source: Name  # a field is renamed where it is defined
    key: Symbol


class _AnyBatch(Frame, frozen=True, kw_only=True, tag="batch"):
    """A batch before the version is known: it may not come there, and is not read."""


class Welcome(Frame, frozen=True, kw_only=True, tag="welcome"):
    """Writer → connector, the answer to `Hello`: go on after `held`.

    `version` is the one that both go on in. `held` and `accepted` are what this writer has of the producer's session, 0 when
    it has nothing (a writer that was restarted). `session` is new with each process of the writer.
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
_to_writer_first = msgspec.msgpack.Decoder(Hello | _AnyBatch)
_BATCHES: Final = {1: BatchV1, 2: Batch}
_to_writer = {1: msgspec.msgpack.Decoder(Hello | BatchV1), 2: msgspec.msgpack.Decoder(Hello | Batch)}
_to_connector = msgspec.msgpack.Decoder(Welcome | Held | Accepted | Refused)


def encode(frame: Frame) -> bytes:
    """The frame as the payload of one binary message."""
    return _encoder.encode(frame)


def check_names(batch: LineBatch) -> None:
    """Raise `ValueError` when no version can say the batch's source or key: no writer would ever take it."""
    try:
        msgspec.convert(batch.source, Name)
        msgspec.convert(batch.key, Key)
    except msgspec.ValidationError as error:
        problem = f"the link cannot carry a batch of source {batch.source!r} and key {batch.key!r}: {error}"
        raise ValueError(problem) from error


def encode_batch(seq: int, batch: LineBatch, version: int) -> bytes:
    """The batch under its number, as a message of `version`. Raises `FrameError` when that version has no such key."""
    if version == 1 and not is_symbol(batch.key):
        problem = (
            f"link version {version} has no key {batch.key!r} of {batch.source}, only symbols as BTC-USDT; "
            f"deploy a writer of version {VERSION} first"
        )
        raise FrameError(problem)
    kind = _BATCHES[version]
    return encode(kind(seq=seq, source=batch.source, key=batch.key, count=batch.count, lines=batch.lines))


def common_version(hello: Hello) -> int | None:
    """The newest version that both the producer and this writer speak; `None` when there is none."""
    newest = min(hello.version if hello.latest is None else hello.latest, VERSION)
    return newest if newest >= max(hello.version, OLDEST_VERSION) else None


def decode_hello(message: bytes | str) -> Hello:
    """The first frame the writer received. Raises `FrameError`, saying what is wrong with it."""
    frame = _decode(_to_writer_first, message)
    if not isinstance(frame, Hello):
        problem = "a batch before the hello"
        raise FrameError(problem)
    return frame


def decode_to_writer(message: bytes | str, version: int) -> ToWriter:
    """A frame of `version` that the writer received. Raises `FrameError`, saying what is wrong with it."""
    return cast("ToWriter", _decode(_to_writer[version], message))


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
