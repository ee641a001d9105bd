"""`./task fuzz`: inputs that nobody would send, put to every parser.

Exit codes: 0 every parser stood them; 1 one of them raised, or gave what it may not give; 2 an option cannot be used;
130 interrupted.
"""

import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from coattail_harness.ending import ending
from coattail_runtime.settings import read
from fuzz import blind, guided, report
from fuzz.options import Engine, Options
from fuzz.run import Run
from fuzz.target import Target
from fuzz.targets import TARGETS

_LINE_SECONDS = 10.0

type Told = Callable[[int], None]


class OptionError(Exception):
    """The options cannot be carried out; the message says which, and what to do."""


def main() -> None:
    """The command."""
    options = read(Options)
    with ending("fuzz", OptionError):
        chosen = choose(options.only)
        if options.input is not None:
            sys.exit(again(chosen, options))
        made = report.report(options.seed, [_run(target, options) for target in chosen])
    if options.json_:
        sys.stdout.buffer.write(report.encode(made))
    else:
        report.show(Console(highlight=False), made)
    sys.exit(0 if made.is_sound else 1)


def choose(only: Sequence[str]) -> list[Target]:
    """The targets of these names, all when none is named. Raises `OptionError`."""
    names = [target.name for target in TARGETS]
    unknown = [name for name in only if name not in names]
    if unknown:
        message = f"{unknown[0]!r} is no target; the targets are {', '.join(names)}"
        raise OptionError(message)
    return [target for target in TARGETS if not only or target.name in only]


def again(chosen: Sequence[Target], options: Options) -> int:
    """Put one file to one target, and say what it comes to. The exit code. Raises `OptionError`."""
    assert options.input is not None  # noqa: S101  (it is asked for)
    if len(chosen) != 1:
        message = "--input is put to one target; name it with --only"
        raise OptionError(message)
    try:
        content = options.input.read_bytes()
    except OSError as error:
        message = f"--input cannot be read: {error}"
        raise OptionError(message) from error
    try:
        said = list(chosen[0].judge(content))
    except Exception:
        traceback.print_exc()
        return 1
    sys.stdout.write(f"{chosen[0].name}: {', '.join(said)}\n")
    return 0


def _run(target: Target, options: Options) -> Run:
    engine = options.engine
    if engine is Engine.AUTO:
        engine = Engine.GUIDED if guided.installed() else Engine.BLIND
    if engine is Engine.GUIDED and not guided.installed():
        message = "Atheris is not installed, its wheels are for Linux on x86_64; use --engine blind"
        raise OptionError(message)
    run = guided.run if engine is Engine.GUIDED else blind.run
    with _shown(target.name, options) as told:
        return run(target, options.inputs, options.seed, options.folder, told)


@contextmanager
def _shown(name: str, options: Options) -> Iterator[Told]:
    """A bar on a terminal, elsewhere a line now and then."""
    console = Console(stderr=True, highlight=False)
    if options.plain or not console.is_terminal:
        yield _lines(name, options.inputs)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task(name, total=options.inputs)
        yield lambda inputs: progress.update(bar, completed=inputs)


def _lines(name: str, total: int) -> Told:
    said_at = time.monotonic()

    def told(inputs: int) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= _LINE_SECONDS:
            said_at = time.monotonic()
            sys.stderr.write(f"fuzz: {name} {inputs:,} of {total:,}\n")

    return told


if __name__ == "__main__":
    main()
