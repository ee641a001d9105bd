"""One handler's process, and the pipes by which it is spoken to."""

import os
import select
import struct
import subprocess
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

_HEADER = struct.Struct(">cI")
_READ_BYTES = 1 << 16


class Kind(Enum):
    """What a frame from the process says; see `runner.py`."""

    READY = b"R"
    NOT_LOADED = b"F"
    ANSWER = b"S"
    ERROR = b"E"


@dataclass(frozen=True, slots=True)
class Frame:
    """What the process has said. `payload`: JSON, of the handler's answer or of its error."""

    kind: Kind
    payload: bytes


class ProcessEndedError(Exception):
    """The process ended instead of answering. `code`: its exit code, negative for a signal."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the handler's process ended with code {code}")
        self.code = code


class HandlerProcess:
    """A handler's process. For one invocation at a time; `stop` may be called from another thread."""

    def __init__(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Starts it in `folder` with the two pipes as its last arguments. Raises `OSError` when it cannot."""
        self._clock = clock
        there, self._to = os.pipe()
        self._from, back = os.pipe()
        try:
            with log.open("ab") as output:
                self._process = subprocess.Popen(
                    [*words, str(there), str(back)],
                    env=environment,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=(there, back),
                )
        except OSError:
            os.close(self._to)
            os.close(self._from)
            raise
        finally:
            os.close(there)
            os.close(back)
        self.pid = self._process.pid
        # With the last reference and not in `stop`: another thread may be reading, and numbers of pipes are used again.
        weakref.finalize(self, _close, self._to, self._from)
        self._unread = b""
        # Unlike select, poll does not mind the pipe's number.
        self._answers = select.poll()
        self._answers.register(self._from, select.POLLIN)

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def send(self, payload: bytes) -> None:
        """Raises `ProcessEndedError`."""
        frame = memoryview(_HEADER.pack(b"I", len(payload)) + payload)
        try:
            while frame:
                frame = frame[os.write(self._to, frame) :]
        except BrokenPipeError:
            raise ProcessEndedError(self._process.wait()) from None

    def receive(self, timeout: float) -> Frame:
        """Waits `timeout` seconds for what the process says next. Raises `TimeoutError`, `ProcessEndedError`."""
        deadline = self._clock() + timeout
        while (frame := self._next_frame()) is None:
            left = deadline - self._clock()
            if left <= 0 or not self._answers.poll(left * 1000):
                raise TimeoutError(f"no answer within {timeout:.2f} s")
            read = os.read(self._from, _READ_BYTES)
            if not read:
                raise ProcessEndedError(self._process.wait())
            self._unread += read
        return frame

    def stop(self) -> None:
        """Kills it, as AWS does with an execution environment, and waits for its end."""
        self._process.kill()
        self._process.wait()

    def _next_frame(self) -> Frame | None:
        if len(self._unread) < _HEADER.size:
            return None
        kind, length = _HEADER.unpack_from(self._unread)
        end = _HEADER.size + length
        if len(self._unread) < end:
            return None
        frame = Frame(Kind(kind), self._unread[_HEADER.size : end])
        self._unread = self._unread[end:]
        return frame


def _close(*pipes: int) -> None:
    for pipe in pipes:
        os.close(pipe)
