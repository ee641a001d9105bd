"""`bench -- NAME --before COMMIT`: the ratios of pairs, their interval, and what is refused before anything runs."""

import typing
from collections.abc import Callable, Iterator, Mapping
from statistics import NormalDist
from typing import Any

import msgspec
import pytest
from benchmarks import __main__, detectors, ingest, pairs, replay
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("count", "left_out", "confidence"),
    [(1, 0, 0.0), (5, 0, 0.9375), (7, 0, 0.984375), (9, 1, 0.9609375), (20, 5, 0.9586105)],
)
def test_the_interval_leaves_out_as_many_as_keep_95_percent(count: int, left_out: int, confidence: float) -> None:
    assert pairs.interval(count) == (left_out, pytest.approx(confidence))


def test_a_ratio_above_one_says_that_this_build_is_better() -> None:
    before: list[dict[str, Any]] = [{"rate": 100.0, "part": {"ms": 10.0}}, {"rate": 50.0, "part": {"ms": 30.0}}]
    after: list[dict[str, Any]] = [{"rate": 110.0, "part": {"ms": 8.0}}, {"rate": 60.0, "part": {"ms": 15.0}}]

    rate, cost = pairs.ratios({"rate": pairs.MORE, "part.ms": pairs.LESS}, before, after)

    assert (rate.pairs, rate.least, rate.ratio, rate.most) == ([1.1, 1.2], 1.1, 1.15, 1.2)
    assert (cost.pairs, cost.before, cost.after) == ([1.25, 2.0], 20.0, 11.5)


def test_only_runs_of_one_pair_are_compared() -> None:
    before: list[dict[str, Any]] = [{"part": None}, {"part": {"ms": 100.0}}, {"part": {"ms": 50.0}}]
    after: list[dict[str, Any]] = [{"part": {"ms": 100.0}}, {"part": {"ms": 50.0}}, {"part": None}]

    (cost,) = pairs.ratios({"part.ms": pairs.LESS}, before, after)

    assert (cost.pairs, cost.confidence) == ([2.0], 0.0)


def test_a_figure_that_no_pair_has_is_an_error() -> None:
    runs: list[dict[str, Any]] = [{"frames": None, "rate": 1.0}]

    with pytest.raises(pairs.BuildError, match=r"no pair of runs has measured frames\.us"):
        pairs.ratios({"rate": pairs.MORE, "frames.us": pairs.LESS}, runs, runs)


@pytest.mark.parametrize(
    ("figures", "result"),
    [
        (pairs.FIGURES["detectors"], detectors.Result),
        (pairs.FIGURES["ingest"], ingest.Result),
        (pairs.FIGURES["replay"], replay.Result),
    ],
)
def test_a_benchmark_reports_each_figure_by_its_name(figures: Mapping[str, bool], result: type) -> None:
    assert set(figures) <= {name for name, kind in _numbers(result)}


def _numbers(result: type, before: str = "") -> Iterator[tuple[str, object]]:
    for field in msgspec.structs.fields(result):
        kinds = typing.get_args(field.type) or (field.type,)
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
                yield from _numbers(kind, f"{before}{field.name}.")
            elif kind in (int, float):
                yield before + field.name, kind


def test_the_builds_take_turns_in_coming_first() -> None:
    ran: list[str] = []

    def build(name: str) -> Callable[[int], str]:
        def measure(pair: int) -> str:
            ran.append(name)
            return f"{name} {pair}"

        return measure

    old, new = pairs.in_turns(build("old"), build("new"), 3)

    assert ran == ["old", "new", "new", "old", "old", "new"]
    assert (old, new) == (["old 0", "old 1", "old 2"], ["new 0", "new 1", "new 2"])


@given(drift=st.lists(st.floats(0.2, 5.0), min_size=7, max_size=20), noise=st.randoms(use_true_random=False))
def test_the_drift_of_the_machine_is_none_of_the_builds(drift: list[float], noise: Any) -> None:
    spread = NormalDist(1.0, 0.01)
    before: list[dict[str, Any]] = [
        {"rate": 1_000 * pace * spread.inv_cdf(noise.uniform(0.01, 0.99))} for pace in drift
    ]
    after: list[dict[str, Any]] = [{"rate": 900 * pace * spread.inv_cdf(noise.uniform(0.01, 0.99))} for pace in drift]

    (rate,) = pairs.ratios({"rate": pairs.MORE}, before, after)

    assert 0.85 < rate.least <= rate.ratio <= rate.most < 0.95


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "invalid choice: 'nothing'"),
        (["audit", "--before", "HEAD"], "--before knows no figure of audit"),
        (["replay", "--set", "replay.TRADES=1"], "--set goes with --before"),
        (["replay", "--before", "HEAD", "--pairs", "0"], "--pairs is 1 or more"),
    ],
)
def test_words_that_cannot_be_meant_are_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        __main__.main(words)

    assert end.value.code == 2
    assert said in capsys.readouterr().err


def test_a_commit_that_is_not_there_is_an_error_of_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["replay", "--before", "no-such-commit"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
