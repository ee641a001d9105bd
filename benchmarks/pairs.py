"""A benchmark of this build beside the same benchmark of a build before, in turns: `./task bench -- replay --before COMMIT`.

A machine's pace drifts by more than a change costs, so that only the two runs of a pair compare: they follow each other, and
the pairs take turns in which build comes first. A figure's ratio is above 1 where this build is the better one.
The interval of the median needs no assumption about the noise: it is read off the sorted ratios (order statistics). Each build
runs its own benchmark: where a benchmark or its fakes changed in between, the ratio compares these too.
"""

import math
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

import msgspec

ROOT: Final = Path(__file__).parents[1]
BUILDS: Final = ROOT / ".local/bench/builds"
MORE, LESS = True, False
FIGURES: Final[Mapping[str, Mapping[str, bool]]] = {
    "detectors": {"catch_up": MORE, "cpu_us_a_trade": LESS},
    "ingest": {
        "frames.ours_us": LESS,
        "frames.coinbase_ours_us": LESS,
        "writing.ours": MORE,
        "steady.together_core": LESS,
        "steady.accepted_p99_ms": LESS,
        "steady.connector_mb": LESS,
        "steady.writer_mb": LESS,
    },
    "replay": {"rate": MORE, "cpu_us_a_trade": LESS},
}
"""What is compared, and whether more of it is better. Both builds report it by this name."""
_CONFIDENCE: Final = 0.95
_PROGRAM: Final = """
import ast, importlib, sys, msgspec
name, *constants = sys.argv[1:]
for constant in constants:
    target, _, value = constant.partition("=")
    module, _, attribute = target.partition(".")
    module = importlib.import_module(f"benchmarks.{module}")
    getattr(module, attribute)
    setattr(module, attribute, ast.literal_eval(value))
result = importlib.import_module(f"benchmarks.{name}").run()
sys.stdout.buffer.write(b"\\n" + msgspec.json.encode(result) + b"\\n")
"""


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """A figure's medians in both builds; `ratio` is the median of the pairs' ratios, `least` to `most` its interval, and
    `confidence` that of the interval."""

    figure: str
    before: float
    after: float
    ratio: float
    least: float
    most: float
    confidence: float
    pairs: list[float]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """`constants` are the benchmark's own that were changed for both builds. A build with uncommitted changes is `-changed`."""

    before: str
    after: str
    constants: list[str]
    ratios: list[Ratio]
    load: float
    machine: str


class BuildError(Exception):
    """A build could not be made, or its benchmark failed."""


def run(name: str, before: str, pairs: int, constants: Sequence[str] = ()) -> Result:
    """Compare once. Raises `BuildError`."""
    load = os.getloadavg()[0]
    commit = _git("rev-parse", "--verify", f"{before}^{{commit}}")
    build = _build(commit)
    changed = "-changed" if _git("status", "--porcelain", "--untracked-files=no") else ""
    old, new = in_turns(
        lambda pair: _measure(build, name, constants, f"pair {pair + 1} of {pairs}: {commit[:7]}"),
        lambda pair: _measure(ROOT, name, constants, f"pair {pair + 1} of {pairs}: this build"),
        pairs,
    )
    return Result(
        before=commit[:7],
        after=_git("rev-parse", "--short=7", "HEAD") + changed,
        constants=list(constants),
        ratios=ratios(FIGURES[name], old, new),
        load=round(load, 1),
        machine=f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    )


def in_turns[T](old: Callable[[int], T], new: Callable[[int], T], pairs: int) -> tuple[list[T], list[T]]:
    """What both give for each pair's number; the old one comes first in one pair, and the new one in the next."""
    both: dict[Callable[[int], T], list[T]] = {old: [], new: []}
    for pair in range(pairs):
        for one in (old, new) if pair % 2 == 0 else (new, old):
            both[one].append(one(pair))
    return both[old], both[new]


def interval(pairs: int) -> tuple[int, float]:
    """How many of the sorted ratios to leave out at each end, and the confidence of what is left.

    The median is outside when all pairs but a few fall on one side of it, as coins would: a sign test turned around. As many
    are left out as keep 95 %; with fewer than six pairs even the whole range has less.
    """
    outside, left_out, confidence = 0.0, 0, 0.0
    for few in range((pairs + 1) // 2):
        outside += 2 * math.comb(pairs, few) / 2**pairs
        if few and 1 - outside < _CONFIDENCE:
            break
        left_out, confidence = few, 1 - outside
    return left_out, confidence


def ratios(
    figures: Mapping[str, bool], before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]
) -> list[Ratio]:
    """Each figure's, from the results of the pairs in their order. A pair counts for a figure that both its runs measured.

    Raises `BuildError` for a figure that no pair has: one build does not measure it, or calls it otherwise.
    """
    return [_ratio(figure, more_is_better, before, after) for figure, more_is_better in figures.items()]


def _ratio(
    figure: str, more_is_better: bool, before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]
) -> Ratio:
    runs = [(_value(old, figure), _value(new, figure)) for old, new in zip(before, after, strict=True)]
    measured = [(old, new) for old, new in runs if old and new]
    if not measured:
        raise BuildError(f"no pair of runs has measured {figure}")
    pairs = [(new / old if more_is_better else old / new) for old, new in measured]
    ordered = sorted(pairs)
    left_out, confidence = interval(len(pairs))
    return Ratio(
        figure=figure,
        before=median(old for old, _ in measured),
        after=median(new for _, new in measured),
        ratio=round(median(pairs), 3),
        least=round(ordered[left_out], 3),
        most=round(ordered[-1 - left_out], 3),
        confidence=round(confidence, 3),
        pairs=[round(pair, 3) for pair in pairs],
    )


def _value(result: Mapping[str, Any], figure: str) -> float | None:
    part: Any = result
    for name in figure.split("."):
        part = part and part.get(name)
    return part


def _build(commit: str) -> Path:
    """That commit in a folder of its own, with what its own setup installs. Kept for the next comparison."""
    place = BUILDS / commit[:12]
    if not place.exists():
        sys.stderr.write(f"bench: making the build of {commit[:7]} in {place.relative_to(ROOT)}\n")
        BUILDS.mkdir(parents=True, exist_ok=True)
        shared = BUILDS / "shared"  # the recordings stand beside a checkout
        if not shared.is_symlink() and (ROOT.parent / "shared").is_dir():
            shared.symlink_to(ROOT.parent / "shared")
        unfinished = place.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        _git("clone", "--quiet", str(ROOT), str(unfinished))
        _git("-C", str(unfinished), "checkout", "--quiet", "--detach", commit)
        unfinished.rename(place)
    if subprocess.run([str(place / "task"), "setup"], cwd=place, stdout=sys.stderr, check=False).returncode:
        raise BuildError(f"{place / 'task'} setup failed; it said why above")
    return place


def _measure(place: Path, name: str, constants: Sequence[str], turn: str) -> dict[str, Any]:
    """What the benchmark of that build reports."""
    sys.stderr.write(f"bench: {name}, {turn}\n")
    command = [str(place / ".venv/bin/python"), "-c", _PROGRAM, name, *constants]
    done = subprocess.run(command, cwd=place, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise BuildError(f"the benchmark {name} failed in {place}; it said why above")
    result: dict[str, Any] = msgspec.json.decode(done.stdout.splitlines()[-1])
    return result


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"git {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout.strip()
