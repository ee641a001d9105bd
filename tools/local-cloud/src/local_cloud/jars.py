"""Jars from Maven Central: fetched by Ivy, which comes with PySpark, and checked against the hashes of a lock.

A lock lists every jar, also what a jar depends on: Ivy resolves nothing further, and a new version of a dependency cannot slip in.
"""

import hashlib
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

import msgspec

from .java import java
from .layout import Layout, find_layout

_PATTERN: Final = "[organisation]_[artifact]-[revision].[ext]"


class JarError(RuntimeError):
    """A jar could not be fetched, or is not the one that was locked."""


class Jar(msgspec.Struct, frozen=True):
    """A jar by its coordinates, `group:artifact:version`, and the SHA-256 it must have."""

    coordinates: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The name that Ivy gives it."""
        group, artifact, version = self.coordinates.split(":")
        return f"{group}_{artifact}-{version}.jar"


class JarSet(msgspec.Struct, frozen=True):
    """The jars of a lock file, and the folder that holds them and no other jar. `what` names them to people."""

    what: str
    lock: Path
    folder: Path

    @property
    def locked(self) -> list[Jar]:
        """The jars of the lock: a line each, coordinates and hash."""
        lines = (line.split() for line in self.lock.read_text().splitlines() if line and not line.startswith("#"))
        return [Jar(coordinates, sha256) for coordinates, sha256 in lines]

    def path(self, jar: Jar) -> Path:
        """Where a jar is."""
        return self.folder / jar.file_name

    def complete(self) -> bool:
        """Whether every jar is there, whatever its contents."""
        return all(self.path(jar).exists() for jar in self.locked)

    def verify(self) -> None:
        """Raise `JarError`, which names the first jar that is missing or has another hash."""
        for jar in self.locked:
            path = self.path(jar)
            if not path.exists():
                message = f"{jar.coordinates} is not at {path}"
                raise JarError(message)
            found = hashlib.sha256(path.read_bytes()).hexdigest()
            if found != jar.sha256:
                message = (
                    f"{path}: SHA-256 is {found}, but {self.lock.name} says {jar.sha256}; remove the file and try again"
                )
                raise JarError(message)

    def remove_others(self) -> None:
        """Remove the jars that an earlier lock named: all jars of the folder are on one path, where two versions would meet."""
        wanted = {self.path(jar) for jar in self.locked}
        for path in self.folder.glob("*.jar"):
            if path not in wanted:
                path.unlink()

    def fetch(self) -> None:
        """Let Ivy fetch the jars into the folder. Raises `JarError` when it cannot."""
        with tempfile.TemporaryDirectory() as folder:
            module = Path(folder) / "ivy.xml"
            module.write_text(ivy_module(self.locked))
            command = [
                *(
                    java(os.environ),
                    "-jar",
                    str(_ivy()),
                    "-ivy",
                    str(module),
                    "-cache",
                    str(self.folder.parent / "cache"),
                ),
                *("-retrieve", str(self.folder / _PATTERN), "-types", "jar", "bundle", "-warn"),
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0 or not self.complete():
            message = f"Ivy could not fetch {self.what}:\n{(done.stdout + done.stderr)[-2000:]}"
            raise JarError(message)


def spark_jars(layout: Layout) -> JarSet:
    """The jars that EMR's image has and a plain PySpark has not, and those by which Spark reads Kafka."""
    return JarSet("the jars of Spark", layout.bundle / "spark-jars.lock", layout.spark_jars)


def kafka_jars(layout: Layout) -> JarSet:
    """The jars of a broker of Kafka."""
    return JarSet("the jars of Kafka", layout.bundle / "kafka-jars.lock", layout.kafka_jars)


def ivy_module(jars: Iterable[Jar]) -> str:
    """Return a module in Ivy's format that depends on just these jars."""
    parts = (jar.coordinates.split(":") for jar in jars)
    dependencies = "\n".join(
        f"<dependency org={quoteattr(group)} name={quoteattr(artifact)} rev={quoteattr(version)} "
        'transitive="false" conf="default->master"/>'
        for group, artifact, version in parts
    )
    return (
        '<ivy-module version="2.0"><info organisation="coattail" module="jars"/>'
        '<configurations><conf name="default"/></configurations>\n'
        f"<dependencies>\n{dependencies}\n</dependencies></ivy-module>\n"
    )


def ensure(sets: Sequence[JarSet]) -> None:
    """Fetch what is missing, verify all, and remove what no lock names. Raises `JarError`."""
    for one in sets:
        if not one.complete():
            sys.stderr.write(f"setup: fetching {one.what}\n")
            one.fetch()
        one.verify()
        one.remove_others()


def main() -> None:
    """Bring the jars of Spark and of Kafka to what their locks say."""
    layout = find_layout()
    try:
        ensure([spark_jars(layout), kafka_jars(layout)])
    except JarError as error:
        sys.stderr.write(f"setup: {error}\n")
        raise SystemExit(2) from error


def _ivy() -> Path:
    found = sorted((Path(sysconfig.get_path("purelib")) / "pyspark" / "jars").glob("ivy-*.jar"))
    if not found:
        message = "PySpark, whose Ivy fetches the jars, is not installed: run ./task setup"
        raise JarError(message)
    return found[-1]


if __name__ == "__main__":
    main()
