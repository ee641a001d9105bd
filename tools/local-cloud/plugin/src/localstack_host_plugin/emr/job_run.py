"""One job run: a thread that starts its driver, watches it, starts it again, and ends it when told to."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from .ahead import Ahead
from .driver import Driver, exit_text, last_line
from .retry import RetryPolicy
from .submission import Fetch, Spark, Submission, command, localised

LOG = logging.getLogger(__name__)


class State(StrEnum):
    """EMR Serverless's states of a job run that occur here."""

    PENDING = "PENDING"
    SCHEDULED = "SCHEDULED"
    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        return self in {State.SUCCESS, State.FAILED, State.CANCELLED}


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt stands, or ended. Times are UTC."""

    number: int
    state: State
    details: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a run needs from outside. `folder` takes its logs, its pid and its downloads; `ahead` is the driver that was started
    for it before it was asked for, if one was.
    """

    submission: Submission
    policy: RetryPolicy
    spark: Spark
    environment: Mapping[str, str]
    folder: Path
    fetch: Fetch
    backoff_seconds: float = 1.0
    ahead: Ahead | None = None


class JobRun:
    """Started with `start`; from then on `state` tells how it stands. Every method may be called from any thread."""

    def __init__(self, run_id: str, plan: Plan, clock: Callable[[], float] = time.time) -> None:
        self.run_id = run_id
        self.plan = plan
        self._clock = clock
        self._lock = threading.RLock()
        self._cancelled = threading.Event()
        self._ended = threading.Event()
        self._driver: Driver | None = None
        self.attempts: list[Attempt] = []
        self.created_at = self._now()
        self.ended_at: datetime | None = None

    @property
    def attempt(self) -> Attempt:
        """The present attempt."""
        with self._lock:
            return self.attempts[-1]

    @property
    def state(self) -> State:
        return self.attempt.state

    def start(self) -> None:
        self._begin_attempt()
        threading.Thread(target=self._run, name=f"emr-{self.run_id}", daemon=True).start()

    def cancel(self, grace_seconds: float) -> None:
        """SIGTERM to the driver, SIGKILL to what is left of it after the grace period. Returns at once."""
        with self._lock:
            if self.state.is_final or self._cancelled.is_set():
                return
            self._cancelled.set()
            self._enter(State.CANCELLING)
            if self._driver:
                self._driver.terminate()
        threading.Thread(target=self._kill_after, args=(grace_seconds,), daemon=True).start()

    def wait(self, timeout: float) -> bool:
        """Whether the run came to its end within `timeout` seconds."""
        return self._ended.wait(timeout)

    def _run(self) -> None:
        try:
            submission = localised(self.plan.submission, self.plan.fetch)
            self._enter(*self._run_until_final(submission))
        except Exception as error:
            # Whatever keeps the driver from starting (no such object, no such command) is the run's failure.
            LOG.warning("job run %s cannot run: %s", self.run_id, error)
            self._enter(
                State.CANCELLED if self._cancelled.is_set() else State.FAILED, f"{type(error).__name__}: {error}"
            )
        finally:
            self.ended_at = self._now()
            self._ended.set()

    def _run_until_final(self, submission: Submission) -> tuple[State, str]:
        failures: list[float] = []
        while not self._cancelled.is_set():
            code = self._run_attempt(submission)
            if self._cancelled.is_set():
                break
            if code == 0:
                return State.SUCCESS, ""
            failures.append(self._clock())
            log = self.plan.folder / f"stderr-{self.attempt.number}.log"
            reason = f"Job failed, {exit_text(code)}. {last_line(log)}".strip()
            if not self.plan.policy.allows_another(failures, self._clock()):
                return State.FAILED, reason
            LOG.warning("job run %s attempt %d: %s Starting again.", self.run_id, self.attempt.number, reason)
            # One step, so that nobody who asks in between takes the run itself for failed.
            with self._lock:
                self._enter(State.FAILED, reason)
                self._begin_attempt()
            self._cancelled.wait(self.plan.backoff_seconds)
        return State.CANCELLED, ""

    def _run_attempt(self, submission: Submission) -> int:
        number = self.attempt.number
        with self._lock:
            if self._cancelled.is_set():
                return 0
            self._enter(State.SCHEDULED)
            words = command(submission, self.plan.spark)
            environment = {**self.plan.environment, **dict(submission.environment)}
            self._driver = driver = self._started_driver(words, environment, number)
            self._enter(State.RUNNING)
        LOG.info("job run %s attempt %d: driver %d", self.run_id, number, driver.pid)
        try:
            return driver.wait()
        finally:
            with self._lock:
                self._driver = None

    def _started_driver(self, words: Sequence[str], environment: Mapping[str, str], number: int) -> Driver:
        folder, ahead = self.plan.folder, self.plan.ahead
        if number == 1 and ahead is not None and (driver := ahead.take_over(words, environment, folder)):
            LOG.info("job run %s goes on with the driver that was started ahead", self.run_id)
            return driver
        return Driver(words, environment, folder, number)

    def _kill_after(self, grace_seconds: float) -> None:
        if not self._ended.wait(grace_seconds):
            with self._lock:
                if self._driver:
                    self._driver.kill()

    def _begin_attempt(self) -> None:
        now = self._now()
        with self._lock:
            state = State.CANCELLING if self._cancelled.is_set() else State.PENDING
            self.attempts.append(Attempt(len(self.attempts) + 1, state, "", now, now))

    def _enter(self, state: State, details: str = "") -> None:
        with self._lock:
            if self._cancelled.is_set() and not state.is_final:
                state = State.CANCELLING
            present = self.attempt
            self.attempts[-1] = Attempt(present.number, state, details, present.created_at, self._now())

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)
