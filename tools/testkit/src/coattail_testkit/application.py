"""The Spark application as a process of its own, on recorded records and tables in a folder: to be killed, and started again."""

import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import psutil

PATIENCE: Final = 600.0
"""An application that has not landed what it should after so long (s) hangs."""
_ATTEMPTS: Final = 5
_TOO_SLOW: Final = "Python worker to connect back"


class Application:
    """The application of the checkout `repository`, as it is deployed; `kill -9` ends it when the block does.

    `folder` has its records (`stream/`), its checkpoints (`seals/`), and `features.yaml`. `warehouse` is the tables' URI, and
    `spark` are further options of `spark-submit`.

    Where it ends because the source's Python took ten seconds to start, as on a very busy machine, it is started again, as EMR
    Serverless does: Spark waits no longer, by no option. Any other end is an error.
    """

    def __init__(self, repository: Path, folder: Path, warehouse: str, database: str, *spark: str) -> None:
        self._repository, self._folder = repository, folder
        self._warehouse, self._database, self._spark = warehouse, database, spark
        self._log = folder / f"stderr-{uuid.uuid4().hex}.log"
        self._process = self._started()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(psutil.NoSuchProcess):
            tree = psutil.Process(self._process.pid)
            for one in (*tree.children(recursive=True), tree):
                with suppress(psutil.NoSuchProcess):  # a worker of Spark's that ended meanwhile
                    one.kill()
        self._process.communicate()

    def until(self, landed: Callable[[], bool]) -> None:
        """Return when this is true, now or after a landing of the application. Raises `AssertionError` with its last words."""
        if landed():
            return
        for _ in range(_ATTEMPTS):
            watchdog = threading.Timer(PATIENCE, self._process.kill)
            watchdog.start()
            try:
                assert self._process.stdout is not None  # noqa: S101  (a pipe)
                for line in self._process.stdout:
                    if '"TradesLanded"' in line and landed():
                        return
            finally:
                hung = not watchdog.is_alive()
                watchdog.cancel()
            self._process.wait()
            words = self._log.read_text()
            if hung or _TOO_SLOW not in words:
                break
            self._process.stdout.close()
            self._log.write_text("")
            self._process = self._started()
        last = "".join(words.splitlines(keepends=True)[-40:])
        problem = f"the application {'hung' if hung else 'ended'} before it had landed what it should:\n{last}"
        raise AssertionError(problem)

    def _started(self) -> subprocess.Popen[str]:
        binaries = Path(sys.executable).parent
        jars = ",".join(sorted(str(jar) for jar in (self._repository / ".local/ivy/jars").glob("*.jar")))
        with self._log.open("a") as log:
            return subprocess.Popen(
                [
                    str(binaries / "spark-submit"),
                    *("--master", "local[2]", "--driver-memory", "2g", "--jars", jars),
                    *("--conf", "spark.ui.enabled=false", "--conf", "spark.sql.shuffle.partitions=2", *self._spark),
                    str(self._repository / "services/stream-detectors/src/stream_detectors/__main__.py"),
                    *("--catalog", "hadoop", "--warehouse", self._warehouse, "--database", self._database),
                    *("--seals", str(self._folder / "seals"), "--bus", ""),
                    *("--recorded", str(self._folder / "stream"), "--features", str(self._folder / "features.yaml")),
                    *("--tier", str(self._repository / "config/tiers/small.yaml"), "--warm-up-rounds", "1"),
                    *("--landing-seconds", "2", "--trigger-seconds", "0.1", "--batch-bytes", "100000"),
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ
                | {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}", "PYSPARK_PYTHON": sys.executable},
            )
