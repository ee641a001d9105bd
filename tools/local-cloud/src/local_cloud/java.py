"""The Java of this machine."""

from collections.abc import Mapping
from pathlib import Path


def java(environment: Mapping[str, str]) -> str:
    """Return the program: that of JAVA_HOME where it is set, as Spark does, or else the one on PATH."""
    home = environment.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else "java"
