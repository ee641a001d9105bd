"""Which outages a bus will have: how, when and for how long, all drawn from the seed. Pure."""

from enum import StrEnum
from random import Random
from typing import Final

import msgspec


class Kind(StrEnum):
    """What the bus does in an outage."""

    FAILING = "failing"
    DENYING = "denying"
    REFUSING = "refusing"
    HANGING = "hanging"
    SILENT = "silent"
    GONE = "gone"


MEANING: Final = {
    Kind.FAILING: "calls answered 500 InternalException or 503",
    Kind.DENYING: "calls answered 400 AccessDeniedException",
    Kind.REFUSING: "each second entry of a call refused as ThrottlingException, the others taken",
    Kind.HANGING: "calls not answered, nothing taken",
    Kind.SILENT: "calls not answered, everything taken",
    Kind.GONE: "connections reset",
}


class Outage(msgspec.Struct, frozen=True):
    """`after` seconds of a bus that is well it fails for `seconds`. `kills`: the application is killed in it, and started again."""

    kind: Kind
    after: float
    seconds: float
    kills: bool = False


def drawn(random: Random, *, count: int, longest: float, lasting: float, kills: int) -> tuple[Outage, ...]:
    """Return `count` outages of 1 to `longest` seconds, each kind as often as the others, and one of `lasting` behind them, if not 0.

    In `kills` of them the application is killed, in the one that lasts first.
    """
    kinds: list[Kind] = []
    while len(kinds) < count + bool(lasting):
        kinds += random.sample(list(Kind), len(Kind))
    # Short ones more often: their ends meet a landing, a call or a wait at more moments.
    lengths = [random.triangular(1, longest, 1) for _ in range(count)] + ([lasting] if lasting else [])
    killed = {len(lengths) - 1 if lasting else -1, *random.sample(range(count), min(kills, count))}
    killed = set(sorted(killed, reverse=True)[:kills])
    return tuple(
        Outage(kind, round(random.uniform(0.5, 8), 2), round(seconds, 2), kills=number in killed)
        for number, (kind, seconds) in enumerate(zip(kinds, lengths, strict=False))
    )
