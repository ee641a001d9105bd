"""From the name of a command to the function that does it. Imports only what every command needs."""

import importlib
import sys
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, NoReturn

EXIT_USAGE: Final = 2
_HELP: Final = ("-h", "--help")
_WIDTH: Final = 9


class Command(NamedTuple):
    """A command: its line in the help, and the module and function that read its arguments from `sys.argv`."""

    summary: str
    module: str
    function: str = "main"


def dispatch(program: str, commands: Mapping[str, Command], arguments: Sequence[str]) -> None:
    """Run the command that `arguments` begin with. Its own exit code ends the process, and 2 where there is no such command."""
    name, *rest = arguments or ("",)
    if name in _HELP:
        sys.stdout.write(usage(program, commands))
    elif name == "--version":
        sys.stdout.write(f"{program} {_version()}\n")
    elif name in commands:
        command = commands[name]
        sys.argv = [f"{program} {name}", *rest]
        getattr(importlib.import_module(command.module), command.function)()
    else:
        _refuse(program, commands, name)


def usage(program: str, commands: Mapping[str, Command]) -> str:
    """Return the help: a line for each command."""
    lines = [f"  {name:<{_WIDTH}}{command.summary}\n" for name, command in commands.items()]
    return (
        f"usage: {program} COMMAND [ARGUMENTS]\n\n{''.join(lines)}\n"
        f"`{program} COMMAND --help` shows the options of a command, `{program} --version` the version.\n"
    )


def _refuse(program: str, commands: Mapping[str, Command], name: str) -> NoReturn:
    import difflib  # noqa: PLC0415  (no help needs it)

    near = difflib.get_close_matches(name, commands, n=1)
    what = f"{name!r} is no command" if name else "a command is missing"
    hint = f", did you mean {near[0]}?" if near else ""
    sys.stderr.write(f"{program}: {what}{hint}; the commands are {', '.join(commands)}, and --help describes them\n")
    raise SystemExit(EXIT_USAGE)


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415  (takes longer to load than the help)

    return version("coattail-cli")
