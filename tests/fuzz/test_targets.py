"""Every target stands some thousands of inputs; `./task fuzz` puts a million."""

from pathlib import Path

import pytest
from fuzz import blind
from fuzz.target import Target
from fuzz.targets import TARGETS

INPUTS = 3_000


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_it_stands_what_nobody_would_send(target: Target, tmp_path: Path) -> None:
    run = blind.run(target, INPUTS, 7, tmp_path)

    assert run.findings == ()
    assert run.inputs == INPUTS
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_its_first_inputs_come_to_something(target: Target) -> None:
    """Else the inputs made of them would try nothing but the way to a refusal."""
    said = {what for content in target.simulated for what in target.judge(content)}

    assert said & {"trade", "batch", "held", "whole"}


def test_no_two_have_one_name() -> None:
    names = [target.name for target in TARGETS]

    assert len(names) == len(set(names))
