"""What a machine may lack, and how the demo reports it."""

from pathlib import Path

import msgspec
import pytest

from coattail_demo.errors import ConfigurationError
from coattail_demo.layout import Layout, find_layout
from coattail_demo.prerequisites import java_version, require_all


def a_java(folder: Path, says: str) -> Path:
    """A home of a Java that tells a version and does nothing else."""
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    java.chmod(0o755)
    return folder


@pytest.mark.parametrize("says", ['openjdk version "17.0.15" 2025-04-15', 'openjdk version "21" 2023-09-19'])
def test_java_17_and_later_will_do(tmp_path: Path, says: str) -> None:
    home = a_java(tmp_path, says)
    assert java_version({"JAVA_HOME": str(home)}) == says
    assert java_version({"PATH": str(home / "bin")}) == says


@pytest.mark.parametrize("says", ['java version "1.8.0_401"', 'openjdk version "11.0.22"', "Unable to locate a Java"])
def test_another_java_is_told_with_what_to_do(tmp_path: Path, says: str) -> None:
    with pytest.raises(ConfigurationError, match=r"Java 17 or later.*install it with"):
        java_version({"JAVA_HOME": str(a_java(tmp_path, says))})


def test_a_missing_java_is_told_with_where_it_was_sought(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="PATH has none"):
        java_version({"PATH": str(tmp_path)})
    with pytest.raises(ConfigurationError, match=f"JAVA_HOME={tmp_path} has none"):
        java_version({"JAVA_HOME": str(tmp_path)})


def test_missing_jars_and_plans_are_told_with_the_command_that_brings_them(tmp_path: Path) -> None:
    layout = Layout(tmp_path, tmp_path / "state")
    with pytest.raises(ConfigurationError, match=r"jars.*\./task setup"):
        require_all(layout, {})
    layout.jars.mkdir(parents=True)
    (layout.jars / "iceberg.jar").touch()
    with pytest.raises(ConfigurationError, match="no rendered Terraform plan"):
        require_all(layout, {})


def test_the_repository_is_found_from_the_package() -> None:
    layout = find_layout()
    assert (layout.root / "tools" / "demo").is_dir()
    assert layout.state == layout.root / ".local" / "demo"
    assert msgspec.structs.replace(layout, state=Path("/elsewhere")).logs == Path("/elsewhere/logs")


def test_java_is_asked_apart_from_the_terminal(tmp_path: Path) -> None:
    """Ctrl-C ends every process of the terminal's group; a Java that it ended would be taken for one that is too old."""
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("""#!/bin/sh
[ "$(ps -o pgid= -p $$ | tr -d ' ')" = $$ ] && echo 'openjdk version "17.0.1"'
""")
    java.chmod(0o755)
    assert java_version({"JAVA_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}) == 'openjdk version "17.0.1"'
