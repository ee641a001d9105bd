"""What a run comes to, and what the process of a guided one is told and says. Imports nothing that is fuzzed."""

from collections.abc import Mapping

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """A way to fail: `what` went wrong, `where`, how many inputs do it, and the file of the shortest of them."""

    what: str
    where: str
    inputs: int
    file: str


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What `inputs` inputs of a target came to in `seconds`: messages by what they are, and what failed.

    `edges` of the code were reached by `corpus` inputs that each reach something else, where that was looked at.
    """

    target: str
    engine: str
    inputs: int
    seconds: float
    said: Mapping[str, int]
    findings: tuple[Finding, ...]
    edges: int | None = None
    corpus: int | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the process of a target is told: the target `name` of `module.TARGETS`, how many inputs, libFuzzer's `arguments`."""

    module: str
    name: str
    inputs: int
    seed: int
    folder: str
    arguments: tuple[str, ...]


class Told(msgspec.Struct, frozen=True):
    """What it says: how far it is."""

    inputs: int
    said: dict[str, int]
    findings: tuple[Finding, ...]
