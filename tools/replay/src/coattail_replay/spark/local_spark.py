"""Spark on this machine: all cores, a warehouse in a folder, no cloud."""

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pyspark import SparkContext
from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

from coattail_replay.errors import InputError
from coattail_replay.spark.reading import FILE_OPTIONS
from stream_detectors import session
from stream_detectors.settings import Settings

_LOG: Final = """rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %p %c{1}: %m%n
"""


class LocalSpark:
    """A running Spark. `cores` tasks run side by side."""

    def __init__(self, session: SparkSession, cores: int) -> None:
        self.session = session
        self.cores = cores
        self.is_over = False

    @contextmanager
    def ended_by_interrupt(self) -> Iterator[None]:
        """End Spark at once when Ctrl-C comes in here: threads that wait for its answers would go on waiting.

        It comes in the middle of a call, whose answer nobody will read: no further call can be made.
        """
        try:
            yield
        except KeyboardInterrupt:
            if not self.is_over:
                self.is_over = True
                _end_jvm()
            raise


@contextmanager
def local_spark(warehouse: Path, work: Path, jars: Path, memory: str) -> Iterator[LocalSpark]:
    """Start Spark with its tables in `warehouse` and everything passing in `work`; stop it at the end. Any path may have blanks.

    Raises `InputError` when the jars of Iceberg are missing, or Spark does not start.
    """
    found = sorted(str(jar) for jar in jars.glob("*iceberg-spark-runtime*.jar"))
    if not found:
        raise InputError(f"{jars} has no jar of Iceberg; ./task setup fetches them")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    work.mkdir(parents=True, exist_ok=True)
    log = work / "log4j2.properties"
    log.write_text(_LOG)
    conf = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(work / "spark"),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": str(cores * 2),
        # Case by ICU takes seconds to load, for names that are ASCII.
        "spark.sql.icu.caseMappings.enabled": "false",
        # The stage that reads rows is one long method, which the JVM would otherwise interpret for ever. No pause matters here, and
        # G1's barriers cost a fifth of everything. Of a process that lives for minutes, compiling what is called a little more
        # often than never takes a third.
        "spark.driver.extraJavaOptions": "-XX:-DontCompileHugeMethods -XX:+UseParallelGC -XX:CompileThresholdScaling=8 "
        f'-Dlog4j2.configurationFile={log.as_uri()} "-Djava.io.tmpdir={work}"',
    }
    os.environ |= {
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_SUBMIT_ARGS": shlex.join(
            [
                *("--master", f"local[{cores}]", "--driver-memory", memory, "--jars", ",".join(found)),
                *(part for key, value in conf.items() for part in ("--conf", f"{key}={value}")),
                "pyspark-shell",
            ]
        ),
    }
    # Hadoop's paths are no URIs: a blank stands for itself.
    try:
        spark = session.build(Settings(catalog="hadoop", warehouse=f"file://{warehouse.absolute()}"))
    except PySparkRuntimeError as error:
        raise InputError(
            f"Spark does not start ({str(error).splitlines()[0]}); it needs Java 17 or 21, and {memory} of memory (--memory)"
        ) from error
    # Spark's own handler makes a call of its own, in the middle of the one that is interrupted.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    running = LocalSpark(spark, cores)
    try:
        with running.ended_by_interrupt():
            spark.sparkContext.setLogLevel("FATAL")
            for key, value in FILE_OPTIONS.items():
                spark.conf.set(key, value)
            yield running
    finally:
        if not running.is_over:
            spark.stop()


def _end_jvm() -> None:
    process = getattr(SparkContext._gateway, "proc", None)
    if process is not None:
        process.kill()
        process.wait()
