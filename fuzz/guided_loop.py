"""The loop within the process of a target: libFuzzer chooses an input, ours or its own mutation of one, and it is put."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

import atheris
import msgspec

from fuzz.mutation import Mutator
from fuzz.recorded import recorded
from fuzz.run import Order, Told
from fuzz.target import Target
from fuzz.trial import Trial

_SECONDS: Final = 1.0
_FROM_THE_FIRST: Final = 0.3
"""Of the inputs, made of a first one: what a decoder in C does is not seen, so what it is about would be forgotten."""
_ROUGHLY: Final = 0.05
_BY_FIELD: Final = 0.6
"""Up to these, roughly with bytes repeated and nested, or by changing a field; by libFuzzer's own mutations from there on."""


def run(order: Order, targets: Sequence[Target]) -> None:
    """Put as many inputs as ordered, and say so now and then on standard output. Does not return: libFuzzer ends the process."""
    (target,) = (target for target in targets if target.name == order.name)
    first = [*target.simulated, *recorded(target.recorded, target.most_bytes)]
    random = Random(order.seed)
    mutator = Mutator(target, first, random)
    trial = Trial(target, Path(order.folder))
    told_at = time.monotonic()

    def put(content: bytes) -> None:
        nonlocal told_at
        trial.put(content)
        if trial.inputs == order.inputs or time.monotonic() - told_at > _SECONDS:
            told_at = time.monotonic()
            told = Told(trial.inputs, dict(trial.said), trial.findings)
            sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
            sys.stdout.buffer.flush()

    def mutate(content: bytes, most_bytes: int, _: int) -> bytes:
        chance = random.random()
        if random.random() < _FROM_THE_FIRST:
            content = random.choice(first)
        if chance < _ROUGHLY:
            return mutator.raw(content)[:most_bytes]
        changed = mutator.tree(content) if chance < _BY_FIELD else None
        if changed is not None and len(changed) <= most_bytes:
            return changed
        by_libfuzzer: bytes = atheris.Mutate(content, most_bytes)
        return by_libfuzzer

    atheris.Setup(["fuzz", *order.arguments], put, custom_mutator=mutate)
    atheris.Fuzz()
