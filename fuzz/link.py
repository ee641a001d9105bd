"""What comes over the link: single frames, and frames one after the other as a producer's."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from coattail_common.contracts import is_symbol
from coattail_runtime.link import LineBatch
from coattail_runtime.link.frames import (
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
from coattail_runtime.link.producers import Producer
from fuzz.structures import MESSAGES, MSGPACK, joined, messages
from fuzz.target import Judge, Target, ViolationError

_TO_WRITER: Final = (Hello, Batch)
_TO_CONNECTOR: Final = (Welcome, Held, Accepted, Refused)
_BATCHES: Final = tuple(
    Batch(seq=seq, exchange="binance", symbol="BTC-USDT", count=2, lines=b'{"a":1}\n{"b":2}') for seq in (1, 2, 3)
)
_SAID_TO_WRITER: Final = (Hello(version=1, producer="binance", session="s", token="t"), *_BATCHES)  # noqa: S106
_SAID_TO_CONNECTOR: Final = (
    Welcome(version=1, session="w", held=4, accepted=3),
    Held(seq=7),
    Accepted(seq=7),
    Refused(reason="another version"),
)

type Decode = Callable[[bytes | str], Frame]


def to_writer() -> Target:
    """Frames that a connector sends."""
    judge = _frame_judge(decode_to_writer, _TO_WRITER)
    return Target("link-to-writer", judge, tuple(map(encode, _SAID_TO_WRITER)), structure=MSGPACK)


def to_connector() -> Target:
    """Frames that a writer sends."""
    judge = _frame_judge(decode_to_connector, _TO_CONNECTOR)
    return Target("link-to-connector", judge, tuple(map(encode, _SAID_TO_CONNECTOR)), structure=MSGPACK)


def sequences() -> Target:
    """Frames of one producer one after the other; after one that may not come, those of its next connection."""
    frames = [encode(frame) for frame in _SAID_TO_WRITER]
    return Target("link-producer", _judge_sequence, (joined(frames), joined(frames * 2)), structure=MESSAGES)


def _frame_judge(decode: Decode, kinds: tuple[type[Frame], ...]) -> Judge:
    def judge(message: bytes) -> list[str]:
        try:
            frame = decode(message)
        except FrameError as error:
            return [_refusal(error)]
        if type(frame) not in kinds:
            rule = "a frame is of the kinds of its direction"
            raise ViolationError(rule, repr(frame))
        if decode(encode(frame)) != frame:
            rule = "a frame that is encoded says the same"
            raise ViolationError(rule, frame)
        if isinstance(frame, Batch) and not is_symbol(frame.symbol):
            rule = "a symbol is BASE-QUOTE and nothing else"
            raise ViolationError(rule, frame)
        return [type(frame).__name__.lower()]

    return judge


def _refusal(error: FrameError) -> str:
    if not str(error).strip():
        rule = "a frame is refused with words"
        raise ViolationError(rule, repr(error))
    return "refused"


class _Intake:
    """Holds what is put at once, and accepts every other batch at once and the others at the end."""

    def __init__(self) -> None:
        self.batches: list[LineBatch] = []
        self.waiting: list[Callable[[], None]] = []

    async def put(self, batch: LineBatch, accepted: Callable[[], None]) -> None:
        """See `Intake.put`."""
        self.batches.append(batch)
        if len(self.batches) % 2:
            accepted()
        else:
            self.waiting.append(accepted)


def _judge_sequence(content: bytes) -> list[str]:
    producer, intake = Producer(), _Intake()
    said: list[str] = []
    for message in messages(content):
        try:
            frame = decode_to_writer(message)
            if isinstance(frame, Batch):
                said.append(_take(producer, frame, intake))
        except FrameError as error:
            said.append(_refusal(error))
        if producer.accepted > producer.held:
            rule = "nothing is accepted that is not held"
            raise ViolationError(rule, (producer.accepted, producer.held))
    while intake.waiting:
        intake.waiting.pop()()
    if producer.accepted != producer.held:
        rule = "all is accepted in the end"
        raise ViolationError(rule, (producer.accepted, producer.held))
    return said or ["nothing"]


def _take(producer: Producer, batch: Batch, intake: _Intake) -> str:
    before, put = producer.held, len(intake.batches)
    _run(producer.take(batch, intake))
    new = len(intake.batches) - put
    if new != (producer.held - before if before else int(producer.held == batch.seq)):
        rule = "a batch is put once, when it is the next"
        raise ViolationError(rule, (before, producer.held, batch.seq))
    if new and intake.batches[-1].lines.count(b"\n") + 1 != intake.batches[-1].count:
        rule = "a batch has as many lines as it says"
        raise ViolationError(rule, batch)
    return "batch" if new else "batch again"


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    rule = "a batch is taken without waiting"
    raise ViolationError(rule)
