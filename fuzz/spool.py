"""What may be found in a spool file."""

from typing import Final

from coattail_runtime.link import LineBatch
from fuzz.structures import SPOOL
from fuzz.target import Target, ViolationError
from kinesis_writer.spool.frames import Damaged, Entry, Torn, Whole, encode, scan

_HELD_AT: Final = 1_767_225_600.25
_BATCHES: Final = tuple(
    LineBatch("binance", symbol, 2, b'{"a":1}\n{"b":2}') for symbol in ("BTC-USDT", "ETH-USDT", "BTC-USDT")
)
_FRAMES: Final = tuple(encode(batch, _HELD_AT) for batch in _BATCHES)
_SOUND: Final = b"".join(_FRAMES[:2])
_ENTRIES: Final = [Entry(_HELD_AT, batch.source, batch.key, batch.count, batch.lines) for batch in _BATCHES[:2]]


def files() -> Target:
    """Whole files: what stands in them, what stands before and after it, and nothing raises."""
    return Target("spool", _judge, (b"".join(_FRAMES), _FRAMES[0], _FRAMES[0][:-3]), structure=SPOOL, most_bytes=1_024)


def _judge(content: bytes) -> list[str]:
    said = [type(part).__name__.lower() for part in _parts(content)]
    within = [part.entry for part in _parts(_SOUND + content + _SOUND) if isinstance(part, Whole)]
    if within[: len(_ENTRIES)] != _ENTRIES:
        rule = "what stands before damage is kept"
        raise ViolationError(rule, within)
    if within[-len(_ENTRIES) :] != _ENTRIES or len(within) < 2 * len(_ENTRIES):
        rule = "what stands after damage is found again"
        raise ViolationError(rule, within)
    return said or ["nothing"]


def _parts(content: bytes) -> list[Whole | Damaged | Torn]:
    parts = list(scan(content))
    at = 0
    for part in parts:
        if part.offset != at or part.size <= 0:
            rule = "a file's parts have no gap between them"
            raise ViolationError(rule, part)
        at += part.size
        if isinstance(part, Torn) and part is not parts[-1]:
            rule = "only the last frame is torn"
            raise ViolationError(rule, part)
        if isinstance(part, Whole):
            _check_entry(part.entry)
    if at != len(content):
        rule = "a file is read to its end"
        raise ViolationError(rule, (at, len(content)))
    return parts


def _check_entry(entry: Entry) -> None:
    again = list(scan(encode(entry.batch, entry.held_at)))
    if len(again) != 1 or not isinstance(again[0], Whole):
        rule = "an entry that was read can be written again"
        raise ViolationError(rule, entry)
