"""For tests and benchmarks of the kinesis-writer: a stream in memory that can misbehave, and chance that makes nobody wait."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any, Final

from coattail_common.lines import decode_trade, unpack
from coattail_runtime.telemetry import logger
from kinesis_writer import Reachability, Writer
from kinesis_writer.spool import Folder, SpooledIntake
from kinesis_writer.stream import MAX_CALL_BYTES, MAX_RECORDS, Record, Refusal, StreamUnavailableError

LOG: Final = logger("test")


class FakeStream:
    """A `PutRecords` that keeps what it accepts.

    It refuses a record with chance `refuses`, fails a call before anything is kept with chance `fails`, and after
    everything is kept (an answer that never came) with chance `loses_answers`. While `down` every call fails.
    """

    def __init__(
        self, *, random: Random | None = None, refuses: float = 0, fails: float = 0, loses_answers: float = 0
    ) -> None:
        self.records: list[Record] = []
        """What is in the stream, in order."""
        self.calls: list[tuple[Record, ...]] = []
        """Every call that was made."""
        self.down = False
        self._random = random or Random(0)  # noqa: S311
        self._refuses = refuses
        self._fails = fails
        self._loses_answers = loses_answers
        self._called = asyncio.Condition()

    async def __call__(self, records: Sequence[Record]) -> Sequence[Refusal | None]:
        """See `PutRecords`. Raises `AssertionError` for a call that Kinesis would not take."""
        assert 0 < len(records) <= MAX_RECORDS  # noqa: S101
        assert sum(record.size for record in records) <= MAX_CALL_BYTES  # noqa: S101
        self.calls.append(tuple(records))
        async with self._called:
            self._called.notify_all()
        await asyncio.sleep(0)
        if self.down or self._happens(self._fails):
            problem = "no answer"
            raise StreamUnavailableError(problem)
        answer = [self._put(record) for record in records]
        if self._happens(self._loses_answers):
            problem = "the answer was lost"
            raise StreamUnavailableError(problem)
        return answer

    async def until_called(self, times: int) -> None:
        """Wait until so many calls were made."""
        async with self._called:
            await self._called.wait_for(lambda: len(self.calls) >= times)

    def trade_ids(self, symbol: str) -> list[int]:
        """The ids of the trades under a partition key, in the order they were accepted."""
        return [
            decode_trade(line).trade_id
            for record in self.records
            if record.partition_key == symbol
            for line in unpack(record.payload)
        ]

    def _put(self, record: Record) -> Refusal | None:
        if self._happens(self._refuses):
            return Refusal("ProvisionedThroughputExceededException", "Rate exceeded")
        self.records.append(record)
        return None

    def _happens(self, chance: float) -> bool:
        return self._random.random() < chance


class Impatient(Random):
    """Chance that never makes one wait."""

    def uniform(self, a: float, b: float) -> float:  # noqa: ARG002
        """No wait."""
        return 0


@asynccontextmanager
async def spooling(
    stream: FakeStream, folder: Folder, *, spool_bytes: int = 1_000_000, **of_writer: Any
) -> AsyncIterator[SpooledIntake]:
    """A writer that puts at once what it is given, and its spool; `of_writer` are other arguments of `Writer`."""
    folder.open()
    try:
        async with (
            Writer(stream, Reachability("tests", LOG), record_age=0, **of_writer) as writer,
            SpooledIntake(folder, writer, max_bytes=spool_bytes, log=LOG) as intake,
        ):
            yield intake
    finally:
        folder.close()
