"""The seam in front of the stream: one call that puts records, each accepted or refused by itself."""

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

MAX_RECORDS: Final = 500
"""The most records of one call (Kinesis, PutRecords)."""

MAX_CALL_BYTES: Final = 5 * 1000 * 1000
"""The most bytes of one call, partition keys included.

Kinesis takes 10 MiB now and took 5 MiB until 2025; emulators still do.
"""

MAX_RECORD_BYTES: Final = 1000 * 1000
"""The most bytes of one record, its key included. A stream may be set to take more; every reader takes this."""


class Record(msgspec.Struct, frozen=True):
    """What is put: lines of one market under its partition key."""

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

        Records of one call may land in any order. Raises `StreamUnavailableError`.
        """
        ...
