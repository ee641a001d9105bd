"""Inputs without guidance: each is made of one of the first inputs, or of one made before."""

import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

from fuzz.mutation import Mutator
from fuzz.recorded import recorded
from fuzz.run import Run
from fuzz.target import Target
from fuzz.trial import Trial

ENGINE: Final = "blind"
_LINEAGE: Final = 200
"""How many of those made before may be mutated further."""
_TOLD_EVERY: Final = 1_000


def run(target: Target, inputs: int, seed: int, folder: Path, told: Callable[[int], None] = lambda _: None) -> Run:
    """Put so many inputs, the same ones for the same seed. `told` hears now and then how many it were."""
    random = Random(seed)
    first = [*target.simulated, *recorded(target.recorded, target.most_bytes)]
    mutator = Mutator(target, first, random)
    later: list[bytes] = []
    trial = Trial(target, folder)
    began = time.monotonic()
    for content in first[:inputs]:
        trial.put(content)
    while trial.inputs < inputs:
        content = mutator.any(random.choice(random.choice((target.simulated, first, later or first))))
        trial.put(content)
        if len(later) < _LINEAGE:
            later.append(content)
        elif random.random() < 0.02:
            later[random.randrange(_LINEAGE)] = content
        if trial.inputs % _TOLD_EVERY == 0:
            told(trial.inputs)
    return Run(
        target=target.name,
        engine=ENGINE,
        inputs=trial.inputs,
        seconds=round(time.monotonic() - began, 1),
        said=dict(sorted(trial.said.items())),
        findings=trial.findings,
    )
