"""The main path: judge the records of a batch, store refused lines, and report records whose lines could not be stored."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import msgspec
from aws_lambda_powertools import Logger

from dq_lambda.dead_letters import RECORD, DeadLetterError, DeadLetters, letters
from dq_lambda.degradation import Count
from dq_lambda.inspection import Inspected, Tally, inspect
from dq_lambda.records import StreamRecord


class Outcome(msgspec.Struct, frozen=True):
    """How a batch went: `done` records are dealt with, and all of them come before `failed_from`, the sequence number of the first that
    is not (None: all are)."""

    done: Sequence[Inspected]
    failed_from: str | None

    @property
    def tally(self) -> Tally:
        """Of the records that are done: the others come again."""
        return Tally.of(self.done)

    def counts(self, period_micros: int) -> Mapping[int, Count]:
        """What was judged and what failed, by the period in which it arrived."""
        processed: Counter[int] = Counter()
        failed: Counter[int] = Counter()
        for one in self.done:
            period = one.record.arrived_at // period_micros
            processed[period] += one.processed
            failed[period] += one.failed
        return {period: Count(processed[period], failed[period]) for period in processed}


class _FirstFailure:
    """Which record of a batch is the first that could not be dealt with, as far as is known; `number` is the batch's length while none.

    When the dead_letters is away each attempt takes its time-out: what comes after a failure is spared it, as it will come again.
    """

    def __init__(self, records: int) -> None:
        self.number = records
        self._lock = Lock()

    def is_at(self, number: int) -> None:
        with self._lock:
            self.number = min(self.number, number)


class Validation:
    """Validates batch after batch. `clock`: UTC, µs."""

    def __init__(
        self,
        dead_letters: DeadLetters,
        late_seconds: float,
        writers: ThreadPoolExecutor,
        log: Logger,
        clock: Callable[[], int],
    ) -> None:
        self._dead_letters = dead_letters
        self._late_micros = late_seconds * 1_000_000
        self._writers = writers
        self._log = log
        self._clock = clock

    def run(self, records: Sequence[StreamRecord]) -> Outcome:
        """Validate one batch. Raises nothing for what a record holds."""
        now = self._clock()
        failure = _FirstFailure(len(records))
        batch = list(
            self._writers.map(lambda number: self._validate(number, records[number], failure, now), range(len(records)))
        )
        done = failure.number
        finished = [one for one in batch[:done] if one is not None]
        return Outcome(finished, records[done].sequence_number if done < len(records) else None)

    def _validate(self, number: int, record: StreamRecord, failure: _FirstFailure, now: int) -> Inspected | None:
        """Judge a record and keep what is refused. The refused lines go as soon as they are kept: a batch has too many to hold.

        None when a record before it has failed.
        """
        if number > failure.number:
            return None
        inspected = inspect(record, self._late_micros, now)
        self._keep(number, inspected, failure)
        return msgspec.structs.replace(inspected, rejects=())

    def _keep(self, number: int, inspected: Inspected, failure: _FirstFailure) -> None:
        for letter in letters(inspected):
            if number > failure.number:
                return
            if letter.key.endswith(RECORD):
                self._log.warning(
                    "record kept whole: too many of its lines were refused", key=letter.key, counts=letter.metadata
                )
            try:
                self._dead_letters.keep(letter)
            except DeadLetterError as error:
                failure.is_at(number)
                self._log.warning("dead letter not stored", key=letter.key, error=str(error))
