"""Runs the property tests of the light suite once for each of many seeds: `python -m tests.seeds 50 [PYTEST ARGUMENTS]`.

A test that is right is green for every seed. One that fails is printed with the command that repeats it.
"""

import argparse
import random
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

_LIGHT: Final = "hypothesis and not (spark or localstack or kafka or e2e)"


class Run(msgspec.Struct, frozen=True):
    """How the tests went for one seed."""

    seed: int
    code: int
    output: str


def main(words: Sequence[str]) -> int:
    """Run them all and say how each went; return 1 when a seed failed."""
    parser = argparse.ArgumentParser(prog="task test:seeds --", description=__doc__)
    parser.add_argument("count", type=int, help="how many seeds")
    parser.add_argument("--first", type=int, help="the first seed, the others follow it; default: seeds by chance")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time (default 2)")
    arguments, pytest = parser.parse_known_args(words)
    if arguments.count < 1 or arguments.jobs < 1:
        parser.error("count and --jobs are 1 or more")
    first: int | None = arguments.first
    seeds = random.sample(range(2**32), arguments.count) if first is None else range(first, first + arguments.count)
    failed = 0
    with ThreadPoolExecutor(arguments.jobs) as jobs:
        for run in jobs.map(lambda seed: _run(seed, pytest), seeds):
            lines = run.output.splitlines() or ["no output"]
            print(f"seed {run.seed}: {lines[-1]}", flush=True)
            if run.code:
                failed += 1
                print(
                    run.output,
                    f"repeat it: ./task test:unit -- --hypothesis-seed={run.seed} TEST",
                    sep="\n",
                    flush=True,
                )
    print(f"{failed} of {arguments.count} seeds failed")
    return 1 if failed else 0


def _run(seed: int, pytest: Sequence[str]) -> Run:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-m",
        _LIGHT,
        f"--hypothesis-seed={seed}",
    ]
    done = subprocess.run([*command, *pytest], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return Run(seed, done.returncode, done.stdout.strip())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
