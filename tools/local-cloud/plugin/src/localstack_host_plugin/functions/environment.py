"""What a handler's process is started with: the function's own environment and nothing of LocalStack's."""

import sys
from collections.abc import Mapping
from pathlib import Path

RUNNER = Path(__file__).with_name("runner.py")

# What a machine must say for any program to run on it; the rest of a handler's environment is the function's.
_INHERITED = ("LANG", "LC_ALL", "PATH", "TMPDIR")


class MissingSettingError(Exception):
    """A variable of LocalStack's environment that functions need is not set."""


def words() -> list[str]:
    """The command that runs a handler: a bare interpreter, which finds the standard library and the function's package.

    `-S` keeps LocalStack's own packages out, `-P` this package's folder, `-u` loses no line of a process that is killed.
    """
    return [sys.executable, "-S", "-P", "-u", str(RUNNER)]


def state_folder(environment: Mapping[str, str]) -> Path:
    """Where handlers' logs and pids lie: LAMBDA_STATE_DIR. Raises `MissingSettingError`."""
    if not (folder := environment.get("LAMBDA_STATE_DIR")):
        raise MissingSettingError("LAMBDA_STATE_DIR is not set: LocalStack was started without a folder for functions")
    return Path(folder)


def code_folder(environment: Mapping[str, str]) -> Path:
    """Where functions' code is unpacked. Raises `MissingSettingError`."""
    return state_folder(environment) / ".code"


def handler_environment(machine: Mapping[str, str], function: Mapping[str, object], package: Path) -> dict[str, str]:
    """`function`: the variables of the execution environment, in which the function's own are. `package`: its code."""
    inherited = {name: machine[name] for name in _INHERITED if name in machine}
    return inherited | {name: str(value) for name, value in function.items()} | {"LAMBDA_TASK_ROOT": str(package)}
