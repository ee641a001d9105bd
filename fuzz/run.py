"""The result of a run, and the messages to and from the process of a guided run. Imports nothing that is fuzzed."""

from collections.abc import Mapping

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """A way to fail: `what` went wrong, `where`, how many inputs fail so, and the file of the shortest of them."""

    what: str
    where: str
    inputs: int
    file: str


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """The result of `inputs` inputs of a target in `seconds`: messages by kind, and failures.

    A guided run has `edges`, how many edges of the code its inputs reached, and `corpus`, how many inputs reached a new one.
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
    """The order for the process of a target: the target `name` of `module.TARGETS`, how many inputs, libFuzzer's `arguments`."""

    module: str
    name: str
    inputs: int
    seed: int
    folder: str
    arguments: tuple[str, ...]


class Told(msgspec.Struct, frozen=True):
    """The process's report of its progress."""

    inputs: int
    said: dict[str, int]
    findings: tuple[Finding, ...]
