"""Shard iterators: where a reader stands, as an opaque text that goes stale after five minutes."""

import base64
import binascii
from dataclasses import dataclass

from .errors import ExpiredIteratorError, InvalidArgumentError

LIFETIME_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class ShardIterator:
    """A place behind sequence number `after`. `issued_at`: seconds since the epoch."""

    stream_name: str
    shard_id: str
    after: int
    issued_at: float

    def encode(self) -> str:
        text = f"{self.stream_name}:{self.shard_id}:{self.after}:{self.issued_at!r}"
        return base64.b64encode(text.encode()).decode()

    @classmethod
    def decode(cls, text: str, now: float) -> "ShardIterator":
        """Raises `InvalidArgumentError` for what is no iterator, `ExpiredIteratorError` for one too old at `now`."""
        try:
            stream_name, shard_id, after, issued_at = base64.b64decode(text, validate=True).decode().split(":")
            iterator = cls(stream_name, shard_id, int(after), float(issued_at))
        except (binascii.Error, UnicodeDecodeError, ValueError):
            raise InvalidArgumentError(f"Invalid ShardIterator: {text[:64]}") from None
        if now - iterator.issued_at > LIFETIME_SECONDS:
            raise ExpiredIteratorError(
                f"Iterator expired: it was issued {now - iterator.issued_at:.0f} s ago, the limit is 300 s"
            )
        return iterator
