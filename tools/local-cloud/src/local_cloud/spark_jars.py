"""The jars that EMR's image has and a plain PySpark has not: fetched by Spark's own resolver, and checked against their hashes."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import msgspec

ROOT: Final = Path(__file__).parents[4]
LOCK: Final = ROOT / "tools/local-cloud/spark-jars.lock"
IVY: Final = ROOT / ".local/ivy"


class Jar(msgspec.Struct, frozen=True):
    """A jar by its coordinates, `group:artifact:version`, and the SHA-256 it must have."""

    coordinates: str
    sha256: str

    @property
    def path(self) -> Path:
        """Where the resolver leaves it."""
        group, artifact, version = self.coordinates.split(":")
        return IVY / "jars" / f"{group}_{artifact}-{version}.jar"


class JarError(RuntimeError):
    """A jar could not be fetched, or is not the one that was locked."""


def locked(lock: Path = LOCK) -> list[Jar]:
    """The jars of the lock file: a line each, coordinates and hash."""
    lines = (line.split() for line in lock.read_text().splitlines() if line and not line.startswith("#"))
    return [Jar(coordinates, sha256) for coordinates, sha256 in lines]


def verify(jars: list[Jar]) -> None:
    """Raises `JarError` naming the first jar that is missing or has another hash."""
    for jar in jars:
        if not jar.path.exists():
            message = f"{jar.coordinates} is not at {jar.path}"
            raise JarError(message)
        found = hashlib.sha256(jar.path.read_bytes()).hexdigest()
        if found != jar.sha256:
            message = (
                f"{jar.path}: SHA-256 is {found}, but {LOCK.name} says {jar.sha256}; remove the file and try again"
            )
            raise JarError(message)


def remove_others(jars: list[Jar]) -> None:
    """Remove the jars that an earlier lock named: every jar of the folder goes on Spark's path, and two of one kind would meet there."""
    wanted = {jar.path for jar in jars}
    for path in (IVY / "jars").glob("*.jar"):
        if path not in wanted:
            path.unlink()


def fetch(jars: list[Jar]) -> None:
    """Let Spark resolve the jars into the local Ivy folder. Raises `JarError` when it cannot."""
    with tempfile.NamedTemporaryFile("w", suffix=".py") as nothing:
        command = [
            str(Path(sys.executable).parent / "spark-submit"),
            *("--packages", ",".join(jar.coordinates for jar in jars)),
            *("--conf", f"spark.jars.ivy={IVY}"),
            nothing.name,
        ]
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "SPARK_LOCAL_IP": "127.0.0.1",
        }
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        message = f"Spark could not fetch {', '.join(jar.coordinates for jar in jars)}:\n{done.stderr[-2000:]}"
        raise JarError(message)


def main() -> None:
    """Fetch what is missing, and verify all."""
    jars = locked()
    try:
        if not all(jar.path.exists() for jar in jars):
            sys.stderr.write("setup: fetching the Iceberg jars\n")
            fetch(jars)
        verify(jars)
        remove_others(jars)
    except JarError as error:
        sys.stderr.write(f"setup: {error}\n")
        raise SystemExit(2) from error


if __name__ == "__main__":
    main()
