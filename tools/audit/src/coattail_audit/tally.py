"""What a market's trades come to: of one partition, and of all of them together."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from coattail_audit import spans
from coattail_audit.spans import Ids, Spans


class Market(msgspec.Struct, frozen=True, order=True):
    """One symbol on one exchange."""

    exchange: str
    symbol: str


class Tally(msgspec.Struct, frozen=True):
    """Rows, ids that are held, and those of them that were filled in from the exchange's REST API (`origin` is `backfill`)."""

    trades: int
    held: Spans
    filled: Spans


class Audit(msgspec.Struct, frozen=True):
    """A market, audited. `duplicates` are rows beyond the first of an id; `missing` lie between ids that are held; of these `unreported`
    are in no `trades.gap_detected`."""

    market: Market
    trades: int
    duplicates: int
    held: Spans
    filled: Spans
    missing: Spans
    unreported: Spans

    @property
    def is_sound(self) -> bool:
        """Nothing is doubled, and what is missing was told of."""
        return not self.duplicates and not len(self.unreported)


def tally(ids: Ids, is_filled: NDArray[np.bool_]) -> Tally:
    """Of the rows of a market in one partition: their ids, and whether each was filled in."""
    return Tally(len(ids), spans.of(ids), spans.of(ids[is_filled]))


def audit(market: Market, tallies: Sequence[Tally], reported: Spans) -> Audit:
    """Of a market, over all partitions; `reported` are the ids of its gaps that were told of. An id may be in several partitions."""
    held = spans.merge([one.held for one in tallies])
    trades = sum(one.trades for one in tallies)
    missing = spans.holes(held)
    return Audit(
        market=market,
        trades=trades,
        duplicates=trades - spans.size(held),
        held=held,
        filled=spans.merge([one.filled for one in tallies]),
        missing=missing,
        unreported=spans.without(missing, reported),
    )
