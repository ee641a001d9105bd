"""Invocations of one execution environment: a process that is kept warm, and replaced once it has ended."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .environment_log import EnvironmentLog
from .process import Frame, HandlerProcess, Kind, ProcessEndedError

# AWS gives ten seconds; here several handlers may load at once on a busy machine.
INIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Invocation:
    """What the handler is called with. `event`: JSON. `timeout`: seconds, without the loading of the handler."""

    request_id: str
    function_arn: str
    trace_id: str
    event: str
    timeout: float

    def encoded(self, now: float) -> bytes:
        """For the process; `now` is seconds since the epoch."""
        members = {
            "request_id": self.request_id,
            "function_arn": self.function_arn,
            "trace_id": self.trace_id,
            "event": self.event,
            "deadline": now + self.timeout,
        }
        return json.dumps(members).encode()


@dataclass(frozen=True, slots=True)
class Result:
    """`payload`: JSON, the handler's answer or an error in AWS's shape. `logs`: as CloudWatch has them."""

    payload: bytes
    is_error: bool
    logs: str


class Invocations:
    """Calls one handler, one invocation at a time. `start` gives a new process that loads the handler."""

    def __init__(
        self,
        start: Callable[[], HandlerProcess],
        log: EnvironmentLog,
        pid_file: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._start = start
        self._log = log
        self._pid_file = pid_file
        self._clock = clock
        self._process: HandlerProcess | None = None
        self._is_loaded = False
        self._is_stopped = False

    def warm_up(self) -> HandlerProcess:
        """Starts the process and does not wait for it. Raises `OSError` when it cannot be started."""
        process = self._process = self._start()
        self._is_loaded = False
        self._pid_file.write_text(f"{process.pid}\n")
        return process

    def invoke(self, invocation: Invocation) -> Result:
        """Never raises for what the handler does: a crash, a kill or a timeout is an error result, as on AWS."""
        started = self._clock()
        try:
            frame = self._call(invocation)
            is_error, payload = frame.kind is not Kind.ANSWER, frame.payload
        except TimeoutError:
            self._end()
            is_error, payload = True, _error("Sandbox.Timedout", _timed_out(invocation))
        except ProcessEndedError as ended:
            self._end()
            is_error, payload = True, _error("Runtime.ExitError", _exited(invocation, ended.code))
        return Result(payload, is_error, self._report(invocation, payload if is_error else None, started))

    def stop(self) -> None:
        """Ends the process for good; an invocation that is under way fails."""
        self._is_stopped = True
        self._end()

    def _call(self, invocation: Invocation) -> Frame:
        process = self._living()
        if not self._is_loaded:
            loading = process.receive(INIT_SECONDS)
            if loading.kind is Kind.NOT_LOADED:
                self._end()
                return loading
            self._is_loaded = True
        process.send(invocation.encoded(self._clock()))
        return process.receive(invocation.timeout)

    def _living(self) -> HandlerProcess:
        """A process that was killed while it was idle is replaced without anybody noticing, as on AWS."""
        if self._is_stopped:
            raise ProcessEndedError(-9)
        if self._process is None or not self._process.is_alive:
            return self.warm_up()
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.stop()
        self._pid_file.unlink(missing_ok=True)

    def _report(self, invocation: Invocation, error: bytes | None, started: float) -> str:
        text = self._log.new_text()
        written = text if text.endswith("\n") or not text else text + "\n"
        failure = f"{error.decode()}\n" if error else ""
        milliseconds = (self._clock() - started) * 1000
        request = f"RequestId: {invocation.request_id}"
        return (
            f"START {request}\n{written}{failure}END {request}\n"
            f"REPORT {request}\tDuration: {milliseconds:.2f} ms\tMemory: not limited here\n"
        )


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


def _timed_out(invocation: Invocation) -> str:
    return f"RequestId: {invocation.request_id} Error: Task timed out after {invocation.timeout:.2f} seconds"


def _exited(invocation: Invocation, code: int) -> str:
    how = f"signal: {-code}" if code < 0 else f"exit status {code}"
    return f"RequestId: {invocation.request_id} Error: Runtime exited with error: {how}"
