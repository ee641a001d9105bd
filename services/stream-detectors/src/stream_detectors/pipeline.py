"""The main path: a batch of the stream → judged → observed → detected → alerts out; and, on a cadence of its own, landed.

Two paths meet here. *Detection* runs with every micro-batch and ends with the alerts on the bus. *Landing* runs in a thread of
its own every `landing_seconds` and takes what the batches since the last one left behind, so that no alert waits for a commit.
Neither waits for the bus: alerts leave by the outbox, which has a thread of its own.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from aws_lambda_powertools import Logger
from pyspark.sql import DataFrame

from coattail_common.ids import Market, Ranges
from coattail_decoder.rows import values_of
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.observed import Wanted
from coattail_detectors.kernel.watermark import Shard, Watermarks
from stream_detectors import parts
from stream_detectors.conflicts import Repeats
from stream_detectors.detection import Detection
from stream_detectors.landing import Lander, LandingBatch
from stream_detectors.metrics import PipelineMetrics
from stream_detectors.observation import Observation, observed
from stream_detectors.outbox import Outbox
from stream_detectors.progress import Progress
from stream_detectors.repeated import RepeatedTrades
from stream_detectors.source.positions import Positions, latest
from stream_detectors.source.shard_plan import ReadTo, ShardPlan

MOST_WAITING: Final = 1_000_000
"""Trades that may wait for their landing, one that is under way apart: beyond them detection waits, and the stream keeps the rest."""

_MOST_NAMED: Final = 20
"""Markets that a log line names."""


class HalfABatchError(RuntimeError):
    """A batch failed half-way, and nothing more may be sealed."""

    def __init__(self) -> None:
        super().__init__("a batch failed half-way: nothing is landed until a restart, which goes on from the seal")


type Clock = Callable[[], int]
"""The time, UTC, µs."""


def utc_micros() -> int:
    """The clock of this machine."""
    return time.time_ns() // 1000


class Pipeline:
    """What one application does with its stream. `batch` is called by Structured Streaming, the others by the landing thread."""

    def __init__(
        self,
        *,
        progress: Progress,
        detectors: list[BaseDetector],
        outbox: Outbox,
        lander: Lander,
        wanted: Wanted,
        watermarks: Watermarks,
        plan: ShardPlan | None = None,
        metrics: PipelineMetrics,
        log: Logger,
        most_waiting: int = MOST_WAITING,
        clock: Clock = utc_micros,
        newest: Mapping[str, int] | None = None,
    ) -> None:
        """`plan`: what is read of the stream, which goes on with each batch; None: all there is comes by itself. `newest`: the
        latest event time of each
        exchange before the first batch (UTC, µs)."""
        self._progress = progress
        self._outbox = outbox
        self._lander = lander
        self._wanted = wanted
        self._watermarks = watermarks
        self._plan = plan
        self._metrics = metrics
        self._log = log
        self._clock = clock
        self._most_waiting = most_waiting
        self._state = threading.Condition()
        self._ended = False
        self._is_whole = True
        self._frames: list[DataFrame] = []
        self._ids: list[Mapping[Market, Ranges]] = []
        self._repeated = RepeatedTrades(progress, wanted)
        self._trades = 0
        self._refused = 0
        self._positions: Positions = {}
        self._newest = dict(newest or {})
        self._detection = Detection(detectors, outbox, metrics, log, clock, self._newest)
        self._waiting_since: int | None = None

    def batch(self, batch: DataFrame, batch_id: int) -> None:
        """Detect in one micro-batch, a frame of parts, and keep its rows for the landing. Waits while too many trades wait for theirs."""
        with self._state:
            self._state.wait_for(lambda: self._trades < self._most_waiting or self._ended)
        began = self._clock()
        # One job: what brings the looks here leaves the rows where they are.
        held = batch.persist()
        looks = held.where(f"{parts.KIND} = '{parts.LOOK}'").select(parts.PART).toArrow()[parts.PART]
        observation = observed([parts.look_of(one) for one in values_of(looks)], self._wanted)
        with self._state:
            now = self._clock()
            once = self._repeated.once(held, observation)
            with self._together():
                for shard, moment in observation.times.items():
                    self._newest[shard.exchange] = max(moment, self._newest.get(shard.exchange, moment))
                shown = DetectorInput(
                    fills=self._progress.admit(once),
                    bars=once.bars,
                    watermarks=self._advance(observation.times, now, observation.reads),
                    seen=self._progress.seen,
                )
                self._inspect(shown, now, batch_id)
                if observation.is_empty:
                    held.unpersist()
                else:
                    self._keep(held, observation, began)
                if self._plan is not None:
                    self._plan.note(observation.reads)
        if not observation.is_empty:
            self._metrics.batch(observation, self._clock() - began)

    def settle(self) -> None:
        """Let the detectors raise what will wait no longer although no batch comes."""
        with self._state:
            now = self._clock()
            with self._together():
                shown = DetectorInput(watermarks=self._advance({}, now), seen=self._progress.seen)
                self._inspect(shown, now, -1)

    def waiting(self) -> tuple[int, int]:
        """How many trades wait to be landed, and for how long the oldest batch has waited (µs)."""
        with self._state:
            return self._trades, 0 if self._waiting_since is None else self._clock() - self._waiting_since

    def land(self) -> None:
        """Land what has gathered. Not called twice at once.

        Raises `HalfABatchError` when a batch failed half-way: what it changed belongs to no position of the stream. A restart
        goes on from the checkpoint, and reads that batch again.
        """
        began = self._clock()
        with self._state:
            if not self._is_whole:
                raise HalfABatchError
            if self._waiting_since is None:
                return
            landing_batch, mark = self._landing_batch(), self._outbox.mark()
            trades, self._trades, self._refused, self._waiting_since = self._trades, 0, 0, None
            self._frames, self._ids = [], []
            self._detection.clear()
            self._repeated.clear()
            self._state.notify_all()
        try:
            repeats = self._lander.land(landing_batch, began)
        except BaseException:
            self.end()
            raise
        self._outbox.landed(mark)
        for frame in landing_batch.frames:
            frame.unpersist()
        self._metrics.landing(trades, self._clock() - began)
        self._tell(repeats)

    def end(self) -> None:
        """Let a batch that waits for a landing go on: none will come."""
        with self._state:
            self._ended = True
            self._state.notify_all()

    def _advance(self, times: Mapping[Shard, int], now: int, reads: Iterable[ReadTo] = ()) -> dict[str, int]:
        """The watermarks, by what came until now and by how far the stream is read."""
        until = None if self._plan is None else self._plan.seen_until(reads)
        return self._watermarks.advance(times, now, until)

    @contextmanager
    def _together(self) -> Iterator[None]:
        """What is changed inside (ids, positions, states of modules) is sealed together, or never."""
        try:
            yield
        except BaseException as error:
            self._is_whole = False
            self._log.error("batch failed half-way", error=repr(error))
            raise

    def _keep(self, held: DataFrame, observation: Observation, began: int) -> None:
        self._frames.append(held)
        self._ids.append(observation.ids)
        self._trades += observation.trades
        self._positions = latest(self._positions, observation.positions)
        self._refused += sum(observation.refused.values())
        self._waiting_since = self._waiting_since or began

    def _tell(self, repeats: Repeats) -> None:
        """Count and log the trades that contradicted earlier ones, or could not be compared."""
        if not repeats.conflicting and not repeats.not_compared:
            return
        self._metrics.repeats(sum(repeats.conflicting.values()), sum(repeats.not_compared.values()))
        for text, counts in (
            ("trades conflict with earlier ones", repeats.conflicting),
            ("repeated trades not compared", repeats.not_compared),
        ):
            if counts:
                markets = {f"{market.exchange}:{market.symbol}": lines for market, lines in sorted(counts.items())}
                self._log.warning(text, trades=sum(counts.values()), markets=dict(list(markets.items())[:_MOST_NAMED]))

    def _inspect(self, shown: DetectorInput, now: int, batch_id: int) -> None:
        if self._detection.inspect(shown, now, batch_id):
            self._waiting_since = self._waiting_since or self._clock()

    def _landing_batch(self) -> LandingBatch:
        return LandingBatch(
            frames=tuple(self._frames),
            trades=self._trades,
            refused=self._refused,
            findings=self._detection.findings(),
            positions=self._positions,
            seen=self._progress.seen,
            repeated=self._repeated.ids,
            with_repeats=tuple(
                frame for frame, ids in zip(self._frames, self._ids, strict=True) if self._repeated.any_of(ids)
            ),
            modules=dict(self._detection.states),
            watermarks=self._watermarks.state(),
            unsent_since=self._outbox.unsent_since(),
            depends_on=self._detection.depends_on(),
            newest=dict(self._newest),
        )
