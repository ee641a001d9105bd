"""The seam in front of the stream: one call that puts records, each accepted or refused by itself.

What is behind it is Kinesis (`kinesis.py`) or Kafka (`kafka.py`). What is above it knows neither.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

MAX_RECORDS: Final = 500
"""The most records of one call. Kinesis takes no more."""

MAX_CALL_BYTES: Final = 5 * 1000 * 1000
"""The most bytes of one call, keys included.

Kinesis takes 10 MiB now and took 5 MiB until 2025; emulators still do. Kafka has no such limit.
"""

MAX_RECORD_BYTES: Final = 1000 * 1000
"""The most bytes of one record, its key included.

A stream of Kinesis may be set to take more; every reader takes this. A broker of Kafka takes 1,048,588 with what it adds to a record.
"""


class Record(msgspec.Struct, frozen=True):
    """What is put: lines of one market. Records of one partition key are kept together, and in the order in which they were put."""

    partition_key: str
    payload: bytes

    @property
    def size(self) -> int:
        """Its bytes as the limits count them."""
        return len(self.partition_key.encode()) + len(self.payload)


class Refusal(msgspec.Struct, frozen=True):
    """Why one record of a call was not taken. It may be put again."""

    code: str
    message: str


class StreamUnavailableError(Exception):
    """A call failed as a whole; whether its records arrived is not known. It may be made again."""


class PutRecords(Protocol):
    """A stream that takes records."""

    async def __call__(self, records: Sequence[Record]) -> Sequence[Refusal | None]:
        """Put the records; the answer has one entry for each, in their order, `None` where it was accepted.

        What is accepted survives the loss of any one machine of the stream. Records of one call may land in any order.
        Raises `StreamUnavailableError`.
        """
        ...


class Stream(PutRecords, Protocol):
    """A stream that can be asked whether it is there."""

    async def check(self) -> None:
        """Ask for the stream. Raises `StreamUnavailableError` when it is not there, or not ready to take records."""
        ...
