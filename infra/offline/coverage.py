"""Whether the tasks of an environment carry every market of its list, and no market twice by accident. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Carrier:
    """Tasks that carry the same markets. `name` says which tasks they are; `count` how many run.

    `markets` are written `binance:BTC-USDT`; `None` where the tasks carry every market of `exchange` that is in the list,
    and read it again while they run.
    """

    name: str
    exchange: str
    count: int
    markets: tuple[str, ...] | None = None

    def carried(self, listed: Iterable[str]) -> tuple[str, ...]:
        """The markets that it carries, of a list."""
        if not self.count:
            return ()
        if self.markets is None:
            return tuple(market for market in listed if market.startswith(f"{self.exchange}:"))
        return self.markets


@dataclass(frozen=True)
class Overlap:
    """A market that several carriers carry."""

    market: str
    carriers: tuple[str, ...]


@dataclass(frozen=True)
class Stray:
    """A market that a carrier, or the declaration of overlaps, has and the list has not."""

    market: str
    where: str


@dataclass(frozen=True)
class Coverage:
    """What is wrong with how markets are divided. Each is sorted by market.

    `uncarried`: in the list, and no task carries them. `undeclared`: carried more than once without that being declared.
    `unshared`: declared as carried more than once, and they are not. `strays`: not in the list.
    """

    uncarried: tuple[str, ...] = ()
    undeclared: tuple[Overlap, ...] = ()
    unshared: tuple[str, ...] = ()
    strays: tuple[Stray, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self == Coverage()

    def faults(self) -> list[str]:
        """A line for each fault, which says what to do."""
        return [
            *(f"{market}: in the list, and no task carries it" for market in self.uncarried),
            *(
                f"{one.market}: carried by {' and '.join(one.carriers)}; name it in shared_symbols if that is meant"
                for one in self.undeclared
            ),
            *(f"{market}: in shared_symbols, and not carried by several task groups" for market in self.unshared),
            *(f"{one.market}: in {one.where}, and not in the list" for one in self.strays),
        ]


def coverage(listed: Collection[str], carriers: Iterable[Carrier], shared: Collection[str] = ()) -> Coverage:
    """Compare the list with what is carried. `shared` are the markets that several carriers are meant to carry.

    Tasks of one carrier share its markets by their count, and need no other declaration.
    """
    by_market: dict[str, list[str]] = {}
    strays = []
    for carrier in carriers:
        for market, times in Counter(carrier.carried(listed)).items():
            by_market.setdefault(market, []).extend([carrier.name] * times)
            if market not in listed:
                strays.append(Stray(market, carrier.name))
    strays += [Stray(market, "shared_symbols") for market in sorted(set(shared)) if market not in listed]
    several = {market: names for market, names in by_market.items() if len(names) > 1}
    return Coverage(
        uncarried=tuple(sorted(market for market in listed if market not in by_market)),
        undeclared=tuple(
            Overlap(market, tuple(names)) for market, names in sorted(several.items()) if market not in shared
        ),
        unshared=tuple(sorted(market for market in set(shared) if market in listed and market not in several)),
        strays=tuple(sorted(strays, key=lambda stray: (stray.market, stray.where))),
    )
