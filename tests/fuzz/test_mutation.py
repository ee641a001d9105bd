"""Inputs made of inputs: others, of bounded length, and mostly of the same structure."""

from random import Random

import pytest
from fuzz.mutation import Mutator
from fuzz.structures import ANSWER, JSON, MESSAGES, MSGPACK, SPOOL, Structure
from fuzz.target import Target
from fuzz.targets import TARGETS


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_inputs_are_others_and_not_too_long(target: Target) -> None:
    mutator = Mutator(target, target.simulated, Random(7))
    first = target.simulated[0]

    made = [mutator.any(first) for _ in range(500)]

    assert len(set(made)) > 250
    assert max(map(len, made)) <= target.most_bytes


@pytest.mark.parametrize(
    ("structure", "tree"),
    [
        (JSON, {"a": [1, None, "x"]}),
        (ANSWER, ["25", [{"id": 1}]]),
        (MSGPACK, {"seq": 1, "lines": b"{}"}),
        (MESSAGES, [{"seq": 1}, {"seq": 2}]),
        (SPOOL, [[1.5, "binance", "BTC-USDT", 1, b"{}"], b"damage"]),
    ],
)
def test_a_tree_comes_back_from_its_input(structure: Structure, tree: object) -> None:
    assert structure.decode(structure.encode(tree)) == tree


def test_what_has_no_structure_is_changed_by_bytes() -> None:
    target = Target("any", lambda _: (), (b"{",))
    mutator = Mutator(target, target.simulated, Random(7))

    assert mutator.tree(b"{") is None
    assert mutator.tree(b"") is None
    assert isinstance(mutator.any(b""), bytes)
