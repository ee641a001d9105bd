"""Reads one lane of one shard, from where it stands to the shard's end."""

import logging
import time
from collections.abc import Callable

from .batcher import Batcher
from .delivery import Delivery, StoppedError
from .progress import Lane, Progress
from .seams import Pause, Source
from .settings import MappingSettings, Start

_LOG = logging.getLogger(__name__)

_PAUSE_AFTER_ERROR = 1.0


class LaneReader:
    """`start`: where to begin when there is no progress yet. `poll_seconds`: the pause after a read that gave nothing."""

    def __init__(
        self,
        lane: Lane,
        start: Start,
        source: Source,
        delivery: Delivery,
        progress: Progress,
        settings: MappingSettings,
        pause: Pause,
        poll_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._lane = lane
        self._start = start
        self._source = source
        self._delivery = delivery
        self._progress = progress
        self._batcher = Batcher(settings.batch_size, settings.window)
        self._pause = pause
        self._poll_seconds = poll_seconds
        self._clock = clock

    def run(self) -> None:
        """Returns when the shard has been read to its end, or the mapping is stopped. Raises nothing."""
        while True:
            try:
                self._read_to_the_end(self._first_iterator())
                return self._progress.finish(self._lane)
            except StoppedError:
                return None
            except Exception:
                # An iterator that has expired, a stream that is not there: read again from what is done.
                _LOG.exception("reading %s goes on from its last position", self._lane.shard_id)
                self._batcher.clear()
                if self._pause(_PAUSE_AFTER_ERROR):
                    return None

    def _first_iterator(self) -> str:
        position = self._progress.position(self._lane)
        if position is None:
            return self._source.iterator_from(self._lane.shard_id, self._start)
        return self._source.iterator_after(self._lane.shard_id, position)

    def _read_to_the_end(self, iterator: str | None) -> None:
        while iterator is not None:
            page = self._source.read(iterator, self._batcher.room)
            iterator = page.next_iterator
            own = [record for record in page.records if record.lane(self._lane.of) == self._lane.number]
            self._batcher.add(own, self._clock())
            while self._batcher.is_due(self._clock()) or (iterator is None and self._batcher):
                self._delivery.deliver(self._batcher.take(), self._done)
            if page.records and not self._batcher:
                # Past the records of other lanes too, of which none may ever come again.
                self._done(page.records[-1].sequence_number)
            if self._pause(0.0 if page.records else self._poll_seconds):
                raise StoppedError

    def _done(self, sequence_number: str) -> None:
        self._progress.advance(self._lane, sequence_number)
