"""Ports for the writers, drawn so that the markets divide between them: to which writer one holds follows from the names alone."""

from collections.abc import Mapping, Sequence
from typing import Final

from coattail_chaos.errors import ChaosError
from coattail_chaos.services import link_url
from coattail_common.ids import Market
from coattail_harness.ports import Port
from coattail_runtime.link.links import writer_of

_DRAWS: Final = 1_000


def held(markets: Sequence[Market], urls: Sequence[str]) -> Mapping[str, tuple[Market, ...]]:
    """The markets that hold to each of the writers at `urls` (ADR 0018)."""
    return {url: tuple(one for one in markets if writer_of(one.exchange, one.symbol, urls) == url) for url in urls}


def divides(markets: Sequence[Market], urls: Sequence[str]) -> bool:
    """Whether every writer has a market, and no exchange with several all of them at one writer, where there are several."""
    shares = held(markets, urls)
    at: dict[str, list[str]] = {}
    for url, share in shares.items():
        for market in share:
            at.setdefault(market.exchange, []).append(url)
    return all(shares.values()) and (
        len(urls) == 1 or all(len(set(found)) > 1 for found in at.values() if len(found) > 1)
    )


def drawn_ports(markets: Sequence[Market], writers: int) -> tuple[Port, ...]:
    """Return a port for each writer; the caller closes them. Raises `ChaosError` when so many writers cannot all have a market."""
    for _ in range(_DRAWS):
        ports = tuple(Port() for _ in range(writers))
        if divides(markets, [link_url(port.number) for port in ports]):
            return ports
        for port in ports:
            port.close()
    raise ChaosError(f"{len(markets)} markets do not divide between {writers} writers; take fewer --writers")
