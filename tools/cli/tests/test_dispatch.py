"""The entry: help at once, a command's own arguments and exit code, and a clear refusal."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from coattail_cli.__main__ import COMMANDS, main
from coattail_cli.dispatch import Command, dispatch, usage

_MOST_MODULES = 30
"""Beyond those that Python itself loads: the standard library alone, and little of it. The tools load some thousand."""
_LOADED = """
import sys
before = set(sys.modules)
from coattail_cli.__main__ import main
main(["--help"])
sys.stderr.write("\\n".join(sorted(set(sys.modules) - before)))
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "coattail_cli", *arguments], capture_output=True, text=True, check=False
    )


def test_help_loads_nothing_of_a_tool() -> None:
    done = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True)
    loaded = done.stderr.split()
    foreign = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names - {"coattail_cli"}
    assert foreign == set()
    assert len(loaded) <= _MOST_MODULES
    assert done.stdout == usage("coattail", COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_is_its_own(name: str) -> None:
    done = run(name, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: ")
    assert done.stdout != usage("coattail", COMMANDS)


def test_dispatch_hands_over_arguments_and_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a_tool.py").write_text("import sys\n\ndef go():\n    sys.exit(int(sys.argv[1]))\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "argv", ["coattail"])
    with pytest.raises(SystemExit) as ended:
        dispatch("coattail", {"tool": Command("ends", "a_tool", "go")}, ["tool", "7"])
    assert ended.value.code == 7
    assert sys.argv == ["coattail tool", "7"]


def test_cloud_that_is_down_ends_with_its_code(tmp_path: Path) -> None:
    done = run("cloud", "--state", str(tmp_path), "status")
    assert done.returncode == 3
    assert done.stdout.startswith("local-cloud: down")


def test_option_that_a_command_does_not_have_ends_with_its_words() -> None:
    done = run("audit", "--symbols", "btc")
    assert done.returncode == 2
    assert "'btc' is not a market" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["adit"], "'adit' is no command, did you mean audit?; the commands are demo, "),
        (["frob"], "'frob' is no command; the commands are demo, "),
        ([], "a command is missing; the commands are demo, "),
        (["modules", "make"], "coattail modules: 'make' is no command; the commands are list, new, document, "),
    ],
)
def test_unknown_command_is_refused_with_the_list(arguments: list[str], says: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--version"])
    assert re.fullmatch(r"coattail \d+\.\d+\.\d+\n", capsys.readouterr().out)
