"""The judgement: what the exchange made against what the stream holds and the table lands. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from coattail_chaos.landing import MarketLanding
from coattail_common.ids import IdRange, Market, Ranges, size

_NAMED: Final = 5
"""At most so many ranges are named; the rest are counted."""


class Sent(msgspec.Struct, frozen=True):
    """The trades that an exchange made in a market: every id from `first` to `last`; none while `last` is 0."""

    market: Market
    first: int
    last: int

    @property
    def ids(self) -> Ranges:
        """The same as ranges."""
        return (IdRange(self.first, self.last),) if self.last else ()


class MarketVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """One market. See `MarketLanding`; `unexpected` trades landed that the exchange never made."""

    exchange: str
    symbol: str
    sent: int
    landed: int
    missing: int
    doubled: int
    unexpected: int
    out_of_order: int
    filled_late: int
    altered: int
    repeated: int
    holes: str = ""

    @property
    def problems(self) -> tuple[str, ...]:
        """A line for each thing that is not as it must be."""
        name = named(Market(self.exchange, self.symbol))
        found = (
            (self.missing, f"trades are missing: {self.holes}"),
            (self.doubled, "rows repeat a trade"),
            (self.unexpected, "trades landed that were never made"),
            (self.out_of_order, "trades came after later ones of their market"),
            (self.altered, "lines repeat a trade with another content"),
        )
        return tuple(f"{name}: {count:,} {text}" for count, text in found if count)


def named(market: Market) -> str:
    """A market as people write it: `binance:BTC-USDT`."""
    return f"{market.exchange}:{market.symbol}"


def judge(sent: Sequence[Sent], landed: Mapping[Market, MarketLanding]) -> tuple[MarketVerdict, ...]:
    """A verdict for each market that trades were made in or came from, by name."""
    made = {one.market: one for one in sent}
    return tuple(
        _market(made.get(market, Sent(market, 0, 0)), landed.get(market) or MarketLanding())
        for market in sorted({*made, *landed})
    )


def outside(these: Ranges, those: Ranges) -> Ranges:
    """The ids of `these` that are not among `those`."""
    rest: list[IdRange] = []
    for one in these:
        following = one.first
        for other in those:
            if other.last < following or other.first > one.last:
                continue
            if other.first > following:
                rest.append(IdRange(following, other.first - 1))
            following = other.last + 1
        if following <= one.last:
            rest.append(IdRange(following, one.last))
    return tuple(rest)


def _market(sent: Sent, landing: MarketLanding) -> MarketVerdict:
    holes = outside(sent.ids, landing.landed)
    return MarketVerdict(
        exchange=sent.market.exchange,
        symbol=sent.market.symbol,
        sent=size(sent.ids),
        landed=landing.rows,
        missing=size(holes),
        doubled=landing.doubled,
        unexpected=size(outside(landing.landed, sent.ids)),
        out_of_order=landing.out_of_order,
        filled_late=landing.filled_late,
        altered=landing.altered,
        repeated=landing.repeated,
        holes=_shown(holes),
    )


def _shown(holes: Ranges) -> str:
    shown = ", ".join(f"{one.first}-{one.last}" for one in holes[:_NAMED])
    return f"{shown} and {len(holes) - _NAMED:,} more ranges" if len(holes) > _NAMED else shown
