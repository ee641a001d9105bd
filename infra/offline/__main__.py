"""`python -m infra.offline check | render [--check] | symbols | terraform STACK ARGUMENT…`, from the repository's root."""

import argparse
import fcntl
import sys

from infra.offline import commands, layout
from infra.offline.errors import CheckError, SetupError


def main(arguments: list[str]) -> int:
    """Run a command.

    Returns 0 when all is well, 1 when the code or its rendered plan has a fault, 2 when the machine lacks something.
    """
    parser = argparse.ArgumentParser(prog="python -m infra.offline", description=sys.modules["infra.offline"].__doc__)
    choice = parser.add_subparsers(dest="command", required=True)
    check = choice.add_parser(
        "check", help="formatting, validity, terraform test, and whether the rendered plan is current"
    )
    render = choice.add_parser("render", help="plan every stack and write infra/rendered/<environment>")
    render.add_argument("--check", action="store_true", help="write nothing; fail when the kept plan is out of date")
    for command in (check, render):
        command.add_argument("--environment", default="local", help="which of infra/environments (default: local)")
    symbols = choice.add_parser(
        "symbols",
        help="whether every market of the list is carried by a task, and by several only where that is declared",
    )
    symbols.add_argument("environments", nargs="*", metavar="ENVIRONMENT", help="of infra/environments (default: all)")
    symbols.add_argument("--json", action="store_true", help="print what is listed, carried and wrong as JSON")
    terraform = choice.add_parser("terraform", help="any terraform command in one stack, offline")
    terraform.add_argument("stack", choices=layout.STACK_ORDER)
    terraform.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    layout.LOCAL.mkdir(parents=True, exist_ok=True)
    try:
        with (layout.LOCAL / "lock").open("w") as lock:
            # The working copy and the mirror are one each: a second run waits for the first.
            fcntl.flock(lock, fcntl.LOCK_EX)
            _run(options)
    except (CheckError, SetupError) as error:
        sys.stderr.write(f"{error}\n")
        return 2 if isinstance(error, SetupError) else 1
    return 0


def _run(options: argparse.Namespace) -> None:
    if options.command == "check":
        commands.check_all(options.environment)
    elif options.command == "symbols":
        commands.check_symbols(options.environments, as_json=options.json)
    elif options.command == "terraform":
        commands.run_in_stack(options.stack, options.arguments)
    elif options.check:
        commands.check_rendered(options.environment)
    else:
        commands.write_rendered(options.environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
