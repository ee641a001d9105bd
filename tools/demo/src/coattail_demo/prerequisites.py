"""What must be there before anything is started."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from coattail_demo.errors import ConfigurationError
from coattail_demo.layout import Layout

OLDEST_JAVA: Final = 17
_VERSION: Final = re.compile(r'version "(?P<major>\d+)')
_INSTALL_JAVA: Final = "install it with `apt-get install openjdk-17-jre-headless` or `brew install openjdk@17`"


def require_all(layout: Layout, environment: Mapping[str, str]) -> str:
    """Java's version. Raises `ConfigurationError` for the first thing that is missing."""
    if not layout.jars.is_dir() or not any(layout.jars.glob("*.jar")):
        raise ConfigurationError(f"Iceberg's jars are not in {layout.jars}; run `./task setup`, which brings them")
    if not any(layout.plans.glob("*.json")):
        raise ConfigurationError(f"no rendered Terraform plan is in {layout.plans}; run `./task infra:render`")
    if not (layout.binaries / "spark-submit").exists():
        raise ConfigurationError(f"spark-submit is not in {layout.binaries}; run `./task setup`, which installs it")
    return java_version(environment)


def java_version(environment: Mapping[str, str]) -> str:
    """The first line of `java -version`, of the Java that Spark will find. Raises `ConfigurationError`."""
    home = environment.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java", path=environment.get("PATH"))
    where = f"JAVA_HOME={home}" if home else "PATH"
    if java is None or not os.access(java, os.X_OK):
        raise ConfigurationError(f"Spark needs Java {OLDEST_JAVA} or later, and {where} has none; {_INSTALL_JAVA}")
    # Not in the terminal's group: Ctrl-C is the demo's, and a Java that it ended would be taken for one that says nothing.
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, start_new_session=True)
    first = (told.stderr or told.stdout).partition("\n")[0].strip()
    version = _VERSION.search(first)
    if version is None or int(version["major"]) < OLDEST_JAVA:
        raise ConfigurationError(
            f"Spark needs Java {OLDEST_JAVA} or later, but {java} says {first!r}; {_INSTALL_JAVA} and set JAVA_HOME"
        )
    return first
