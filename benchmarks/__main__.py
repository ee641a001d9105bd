"""`./task bench -- NAME`: run a benchmark, print its figures, and keep them in `benchmarks/results/NAME.json`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from benchmarks import audit, compression, detectors, ingest, outage, pairs, quality, repeats, replay, spread

RESULTS: Final = Path(__file__).parent / "results"
BENCHMARKS: Final = {
    "audit": audit.run,
    "compression": compression.run,
    "detectors": detectors.run,
    "ingest": ingest.run,
    "outage": outage.run,
    "quality": quality.run,
    "repeats": repeats.run,
    "replay": replay.run,
    "spread": spread.run,
}
TOGETHER: Final = {"detectors": ("spread", "detectors")}
"""What a name stands for besides itself; each has a file of its own. The quick one first."""


def main(words: Sequence[str]) -> int:
    """Run the named benchmarks, or compare each with a build before."""
    parser = argparse.ArgumentParser(prog="task bench --", description=__doc__)
    parser.add_argument("names", nargs="+", choices=BENCHMARKS, metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument(
        "--before", metavar="COMMIT", help=f"compare with that build, in pairs of runs ({', '.join(pairs.FIGURES)})"
    )
    parser.add_argument("--pairs", type=int, default=7, help="how many pairs (default 7)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="constants",
        metavar="MODULE.NAME=VALUE",
        help="another value of a benchmark's constant, in both builds, as replay.TRADES=1_000_000",
    )
    arguments = parser.parse_args(words)
    if arguments.before is None and arguments.constants:
        parser.error("--set goes with --before: results/NAME.json holds what the benchmark measures as it is")
    if arguments.before is not None and (unknown := set(arguments.names) - pairs.FIGURES.keys()):
        parser.error(
            f"--before knows no figure of {', '.join(sorted(unknown))}; it compares {', '.join(pairs.FIGURES)}"
        )
    if arguments.pairs < 1:
        parser.error("--pairs is 1 or more")
    if arguments.before is not None:
        return _compare(arguments)
    names = [one for name in arguments.names for one in TOGETHER.get(name, (name,))]
    for name in dict.fromkeys(names):
        _keep(name, BENCHMARKS[name]())
    return 0


def _compare(arguments: argparse.Namespace) -> int:
    try:
        for name in arguments.names:
            _keep(f"pairs-{name}", pairs.run(name, arguments.before, arguments.pairs, arguments.constants))
    except pairs.BuildError as error:
        sys.stderr.write(f"bench: {error}\n")
        return 1
    return 0


def _keep(name: str, result: object) -> None:
    RESULTS.mkdir(exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(result), indent=2)
    (RESULTS / f"{name}.json").write_bytes(text + b"\n")
    print(text.decode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
