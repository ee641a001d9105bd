"""What is fuzzed: a parser, with a judge of whatever it makes of an input."""

from collections.abc import Callable, Iterable

import msgspec

from fuzz.structures import JSON, Structure

type Judge = Callable[[bytes], Iterable[str]]
"""Puts one input to a parser. What it came to, in a few words each; raises where it may not come to that."""


class ViolationError(Exception):
    """The parser gave what it may not give: which `rule` that breaks, and how."""

    def __init__(self, rule: str, found: object = "") -> None:
        super().__init__(f"{rule}: {found}" if found != "" else rule)
        self.rule = rule


class Target(msgspec.Struct, frozen=True):
    """A parser under `name`.

    The first inputs are `simulated`, frames of our simulator, and those of the files `recorded` (patterns below the folder of
    recordings); the others are made from them, often by way of their `structure`. None is longer than `most_bytes`.
    """

    name: str
    judge: Judge
    simulated: tuple[bytes, ...]
    recorded: tuple[str, ...] = ()
    structure: Structure = JSON
    most_bytes: int = 16_384
