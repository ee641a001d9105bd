"""One broker of Kafka in KRaft mode as a process of this machine: its start, its end, and its end by force."""

import base64
import os
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from coattail_harness.ports import HOST, bound, number
from local_cloud.errors import CloudError
from local_cloud.host import stop, tail
from local_cloud.java import java
from local_cloud.layout import find_layout

from .properties import server_properties
from .record import BrokerRecord, process_of, read_record, write_record
from .topics import Topics

_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 30.0
_HEAP: Final = "-Xmx256m"
# It starts in two thirds of the time without the second compiler, which a broker of tests is not up long enough to need.
_QUICK: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_LOG_LEVEL: Final = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"


class Broker:
    """The broker of `folder`, which holds its topics and stays when it ends.

    It takes two free ports, or those of its folder, and keeps them from others while this object is open, also while the
    broker is down: clients find it again at the same address.
    """

    def __init__(self, folder: Path, jars: Path, port: int = 0) -> None:
        """Prepare the broker. `port`: where clients connect; 0: any free one. Raises `OSError` for a port that is in use."""
        self._folder = folder
        self._jars = jars
        self._process: subprocess.Popen[bytes] | None = None
        before = read_record(folder)
        self._holders: list[socket.socket] = []
        if before is not None and self.process is not None:
            self.port, self._controller_port = before.port, before.controller_port
            return
        wanted = (before.port, before.controller_port) if before and port in (0, before.port) else (port, 0)
        self._holders = [bound(one) for one in wanted]
        self.port, self._controller_port = (number(holder) for holder in self._holders)

    @property
    def bootstrap(self) -> str:
        """Where clients connect: `host:port`."""
        return f"{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """What the broker says."""
        return self._folder / "broker.log"

    @property
    def topics(self) -> Topics:
        """Return a client of its topics."""
        return Topics(self.bootstrap)

    @property
    def process(self) -> psutil.Process | None:
        """The living process; None when there is none."""
        return process_of(self._folder)

    def start(self) -> None:
        """Start the broker, and return when it answers. It does nothing where the broker lives.

        Raises `CloudError` when the broker ends, or does not answer in time.
        """
        if self.process is not None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        properties = self._folder / "server.properties"
        properties.write_text(server_properties(self.port, self._controller_port, self._folder / "data"))
        self._format(properties)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._java("kafka.Kafka", str(properties)),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started_at = psutil.Process(self._process.pid).create_time()
        record = BrokerRecord(self._process.pid, started_at, self.port, self._controller_port)
        write_record(self._folder, record)
        self._wait()

    def stop(self, grace_seconds: float = _STOP_SECONDS) -> bool:
        """End the broker by SIGTERM, and by SIGKILL after the grace period. False when there was none."""
        process = self.process
        if process is not None:
            stop(process, grace_seconds)
        self._reap()
        return process is not None

    def kill(self) -> None:
        """End the broker by SIGKILL, as a crash does."""
        if (process := self.process) is not None:
            process.kill()
            process.wait(_STOP_SECONDS)
        self._reap()

    def close(self) -> None:
        """Give the ports back. The broker goes on if it lives."""
        for holder in self._holders:
            holder.close()

    def _format(self, properties: Path) -> None:
        """Write the folder's cluster id, once: a broker refuses a folder without one."""
        if (self._folder / "data" / "meta.properties").exists():
            return
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        command = self._java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties))
        done = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CloudError(f"Kafka could not format {self._folder}: {(done.stdout + done.stderr).strip()[-2000:]}")

    def _wait(self) -> None:
        topics, deadline = self.topics, time.monotonic() + _START_SECONDS
        while not topics.answer(1.0):
            if self.process is None:
                self._reap()
                raise CloudError(
                    f"the broker of Kafka ended while it was starting. The last lines of {self.log}:\n{tail(self.log, 15)}"
                )
            if time.monotonic() > deadline:
                self.stop()
                raise CloudError(
                    f"the broker of Kafka did not answer within {_START_SECONDS:.0f} s; its log is {self.log}"
                )

    def _java(self, *arguments: str) -> list[str]:
        path = str(self._jars / "*")
        return [java(os.environ), _HEAP, *_QUICK, _LOG_LEVEL, "-cp", path, *arguments]

    def _reap(self) -> None:
        """Take note that our own child has ended: a Popen that is not asked complains when Python ends."""
        if self._process is not None:
            self._process.wait(_STOP_SECONDS)
            self._process = None


@contextmanager
def running_broker(folder: Path) -> Iterator[Broker]:
    """Yield a broker that is up, on free ports, and end it: for a test, or for all tests of a run."""
    broker = Broker(folder, find_layout().kafka_jars)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        broker.close()
