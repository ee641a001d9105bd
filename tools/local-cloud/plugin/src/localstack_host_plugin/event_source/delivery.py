"""One batch to the function, until each of its records is taken or given up.

The rules: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html ("Splitting batches doesn't
consume the retry quota") and the page named in `responses.py`. They leave one case open: a reported failure
of the batch's first record makes no progress. Here it counts as an error of the whole batch.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .records import Origin, StreamRecord, encoded
from .records import event_of as event_of_kinesis
from .responses import taken_of
from .seams import Answer, Condition, Destination, Discarded, Function, NotInvokedError, Pause
from .settings import FOR_EVER, MappingSettings

_LOG = logging.getLogger(__name__)

_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 30.0
_PAUSE_AFTER_ERROR = 1.0


EventOf = Callable[[Sequence[StreamRecord], Origin], dict[str, Any]]


class StoppedError(Exception):
    """The mapping was stopped before the batch was dealt with."""


@dataclass(frozen=True, slots=True)
class _Pending:
    """Records that wait for their turn, and how often they have been tried again in vain."""

    records: Sequence[StreamRecord]
    retries: int = 0
    answer: Answer | None = None


class Delivery:
    """Delivers batches of one shard. `clock`: seconds since the epoch. `event_of`: the event of a batch, by default that of Kinesis."""

    def __init__(
        self,
        function: Function,
        destination: Destination | None,
        settings: MappingSettings,
        origin: Origin,
        pause: Pause,
        clock: Callable[[], float] = time.time,
        event_of: EventOf = event_of_kinesis,
    ) -> None:
        self._function = function
        self._event_of = event_of
        self._destination = destination
        self._settings = settings
        self._origin = origin
        self._pause = pause
        self._clock = clock

    def deliver(self, batch: Sequence[StreamRecord], done: Callable[[str], None]) -> None:
        """Calls `done` with a sequence number once all records up to it are taken or given up, in rising order.

        Raises `StoppedError`; what was not `done` then must be delivered again.
        """
        waiting = [_Pending(batch)]
        while waiting:
            pending = self._without_old(waiting.pop(), done)
            if not pending.records:
                continue
            answer = self._invoked(pending.records)
            taken = taken_of(pending.records, answer, self._settings.reports_failures)
            if taken:
                done(pending.records[taken - 1].sequence_number)
            if taken < len(pending.records):
                refused = _Pending(pending.records[taken:], 0 if taken else pending.retries, answer)
                waiting += self._next_attempts(refused, made_progress=taken > 0, done=done)

    def _next_attempts(self, refused: _Pending, made_progress: bool, done: Callable[[str], None]) -> list[_Pending]:
        """What to try next, the last first. Pauses before it."""
        records = refused.records
        if made_progress:
            attempts = [refused]
        elif self._settings.bisects and len(records) > 1:
            middle = len(records) // 2
            attempts = [
                _Pending(records[middle:], refused.retries, refused.answer),
                _Pending(records[:middle], refused.retries, refused.answer),
            ]
        elif self._settings.max_retries == FOR_EVER or refused.retries < self._settings.max_retries:
            attempts = [_Pending(records, refused.retries + 1, refused.answer)]
        else:
            self._discard(refused, Condition.RETRIES_EXHAUSTED)
            done(records[-1].sequence_number)
            return []
        self._wait(min(_FIRST_PAUSE * 2**refused.retries, _LONGEST_PAUSE))
        return attempts

    def _without_old(self, pending: _Pending, done: Callable[[str], None]) -> _Pending:
        if self._settings.max_record_age == FOR_EVER:
            return pending
        oldest = self._clock() - self._settings.max_record_age
        young = next((at for at, record in enumerate(pending.records) if record.arrived_at > oldest), None)
        old = pending.records[:young]
        if old:
            self._discard(_Pending(old, pending.retries, pending.answer), Condition.TOO_OLD)
            done(old[-1].sequence_number)
        return _Pending(() if young is None else pending.records[young:], pending.retries, pending.answer)

    def _invoked(self, records: Sequence[StreamRecord]) -> Answer:
        event = encoded(self._event_of(records, self._origin))
        pauses = 0
        while True:
            try:
                return self._function.invoke(event)
            except NotInvokedError as error:
                _LOG.info("%s was not invoked: %s", self._function.arn, error)
                self._wait(min(_FIRST_PAUSE * 2**pauses, _LONGEST_PAUSE))
                pauses += 1

    def _discard(self, pending: _Pending, condition: Condition) -> None:
        _LOG.warning(
            "%s: %d records of %s given up: %s",
            self._function.arn,
            len(pending.records),
            self._origin.shard_id,
            condition,
        )
        if self._destination is None:
            return
        invocations = pending.retries + 1 if pending.answer else 0
        discarded = Discarded(pending.records, self._origin, self._function.arn, condition, invocations, pending.answer)
        while True:
            try:
                self._destination.put(discarded)
            except Exception:
                _LOG.exception("what %s refused could not be kept, and is tried again", self._function.arn)
                self._wait(_PAUSE_AFTER_ERROR)
            else:
                return

    def _wait(self, seconds: float) -> None:
        if self._pause(seconds):
            raise StoppedError
