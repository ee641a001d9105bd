"""`bench -- NAME --before COMMIT`: the ratios of pairs, their interval, and what is refused before anything runs."""

from statistics import NormalDist
from typing import Any

import pytest
from benchmarks import __main__, pairs
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

    rate, cost = pairs.ratios({"rate": pairs.MORE, "part.ms": pairs.LESS}, before, after, 0)

    assert (rate.pairs, rate.least, rate.ratio, rate.most) == ([1.1, 1.2], 1.1, 1.15, 1.2)
    assert (cost.pairs, cost.before, cost.after) == ([1.25, 2.0], 20.0, 11.5)


def test_a_figure_that_was_not_measured_is_passed_over() -> None:
    runs: list[dict[str, Any]] = [{"frames": None, "rate": 1.0}]

    found = list(pairs.ratios({"frames.us": pairs.LESS, "rate": pairs.MORE}, runs, runs, 0))

    assert [ratio.figure for ratio in found] == ["rate"]


@given(drift=st.lists(st.floats(0.2, 5.0), min_size=7, max_size=20), noise=st.randoms(use_true_random=False))
def test_the_drift_of_the_machine_is_none_of_the_builds(drift: list[float], noise: Any) -> None:
    spread = NormalDist(1.0, 0.01)
    before: list[dict[str, Any]] = [
        {"rate": 1_000 * pace * spread.inv_cdf(noise.uniform(0.01, 0.99))} for pace in drift
    ]
    after: list[dict[str, Any]] = [{"rate": 900 * pace * spread.inv_cdf(noise.uniform(0.01, 0.99))} for pace in drift]

    (rate,) = pairs.ratios({"rate": pairs.MORE}, before, after, pairs.interval(len(drift))[0])

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
