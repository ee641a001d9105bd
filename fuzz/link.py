"""What comes over the link, in each version: single frames, and frames one after the other as a producer's."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from coattail_common.contracts import is_symbol
from coattail_runtime.link import LineBatch
from coattail_runtime.link.frames import (
    VERSION,
    Accepted,
    Batch,
    BatchV1,
    Frame,
    FrameError,
    Held,
    Hello,
    Refused,
    Welcome,
    decode_hello,
    decode_to_connector,
    decode_to_writer,
    encode,
    encode_batch,
)
from coattail_runtime.link.producers import Producer
from fuzz.structures import MESSAGES, MSGPACK, joined, messages
from fuzz.target import Judge, Target, ViolationError

_TO_WRITER: Final[dict[int, tuple[type[Frame], ...]]] = {1: (Hello, BatchV1), 2: (Hello, Batch)}
_TO_CONNECTOR: Final = (Welcome, Held, Accepted, Refused)
_HELLOS: Final = {
    1: Hello(version=1, producer="binance", session="s", token="t"),  # noqa: S106
    2: Hello(version=1, latest=2, producer="ethereum", session="s", token="t"),  # noqa: S106
}
_KEYS: Final = {1: ("binance", "BTC-USDT"), 2: ("ethereum", "0xdAC17F958D2ee523a2206206994597C13D831ec7")}
_LONGEST_KEY: Final = 256
_SAID_TO_CONNECTOR: Final = (
    Welcome(version=1, session="w", held=4, accepted=3),
    Held(seq=7),
    Accepted(seq=7),
    Refused(reason="another version"),
)

type Decode = Callable[[bytes | str], Frame]


def to_writer(version: int) -> Target:
    """Frames that a connector sends."""
    return Target(
        f"link-{_named(version)}to-writer", _to_writer_judge(version), tuple(_said(version)), structure=MSGPACK
    )


def to_connector() -> Target:
    """Frames that a writer sends."""
    judge = _frame_judge(decode_to_connector, _TO_CONNECTOR)
    return Target("link-to-connector", judge, tuple(map(encode, _SAID_TO_CONNECTOR)), structure=MSGPACK)


def sequences(version: int) -> Target:
    """Frames of one producer one after the other; after one that may not come, those of its next connection."""
    frames = _said(version)
    judge = partial(_judge_sequence, version)
    return Target(f"link-{_named(version)}producer", judge, (joined(frames), joined(frames * 2)), structure=MESSAGES)


def _named(version: int) -> str:
    return "" if version == VERSION else f"{version}-"


def _said(version: int) -> list[bytes]:
    batch = LineBatch(*_KEYS[version], 2, b'{"a":1}\n{"b":2}')
    return [encode(_HELLOS[version]), *(encode_batch(seq, batch, version) for seq in (1, 2, 3))]


def _to_writer_judge(version: int) -> Judge:
    judge_frame = _frame_judge(partial(decode_to_writer, version=version), _TO_WRITER[version])

    def judge(message: bytes) -> list[str]:
        said = [*judge_frame(message)]
        try:
            first = [_kind(decode_hello(message))]
        except FrameError as error:
            first = [_refusal(error)]
        if (first == ["hello"]) != (said == ["hello"]):
            rule = "a hello is the same in every version"
            raise ViolationError(rule, (first, said))
        return said

    return judge


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
        if isinstance(frame, Batch):
            _check_batch(frame)
        return [_kind(frame)]

    return judge


def _kind(frame: Frame) -> str:
    return str(type(frame).__struct_config__.tag)


def _check_batch(frame: Batch) -> None:
    if isinstance(frame, BatchV1) and not is_symbol(frame.key):
        rule = "a symbol is BASE-QUOTE and nothing else"
        raise ViolationError(rule, frame)
    visible = frame.key.isascii() and frame.key.isprintable() and " " not in frame.key
    if not is_symbol(frame.key) and not (visible and 0 < len(frame.key) <= _LONGEST_KEY):
        rule = "a key is a symbol or visible ASCII"
        raise ViolationError(rule, frame)
    newest = encode_batch(frame.seq, LineBatch(frame.source, frame.key, frame.count, frame.lines), VERSION)
    said = decode_to_writer(newest, VERSION)
    if said != Batch(seq=frame.seq, source=frame.source, key=frame.key, count=frame.count, lines=frame.lines):
        rule = "a batch of any version can be said in the newest"
        raise ViolationError(rule, frame)


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


def _judge_sequence(version: int, content: bytes) -> list[str]:
    producer, intake = Producer(), _Intake()
    said: list[str] = []
    for message in messages(content):
        try:
            frame = decode_to_writer(message, version)
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
