"""The one source of chance: a generator of its own for each thing that is drawn, named by what it is for."""

from random import Random


def seeded(*name: object) -> Random:
    """A random generator that depends on its name alone, so that drawing more of one leaves the others alone.

    A string seeds it (by SHA-512), which unlike ``hash`` is the same in every process.
    """
    return Random(":".join(str(part) for part in name))  # noqa: S311 (simulated trades, not secrets)
