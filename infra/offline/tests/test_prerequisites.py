"""What a machine lacks is named in one line with the command that installs it."""

import sys

import pytest
from infra.offline.errors import SetupError
from infra.offline.prerequisites import Tool, require, version_of


def python(minimum: tuple[int, int]) -> Tool:
    """A tool that is certainly there: this interpreter."""
    return Tool(sys.executable, (sys.executable, "--version"), minimum, "apt-get install python3")


def test_a_missing_tool_is_named_with_its_command() -> None:
    absent = Tool("coattail-no-such-tool", ("coattail-no-such-tool",), (1, 2), "apt-get install it")

    with pytest.raises(SetupError) as raised:
        require(absent)

    assert str(raised.value) == (
        "coattail-no-such-tool 1.2 or later is needed and was not found. Install it: apt-get install it"
    )


def test_a_tool_that_is_too_old_is_named_with_both_versions() -> None:
    with pytest.raises(SetupError, match=r"99\.0 or later is needed, 3\.\d+ was found"):
        require(python((99, 0)))


def test_a_tool_that_will_do_is_passed_over() -> None:
    require(python((3, 10)))

    assert version_of(python((3, 10))) == sys.version_info[:2]
