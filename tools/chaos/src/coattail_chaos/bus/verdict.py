"""The judgement: what was put and what the bus got, against what the tables hold. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from coattail_chaos.bus.feed import Trade
from coattail_chaos.contents import Contents, doubled
from coattail_chaos.verdict import Sent, outside
from coattail_common.ids import Market, Ranges, contains, size

_NAMED: Final = 3


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Trades: `unread` stand in the stream behind the newest checkpoint: the application had not come so far when it was told to end.
    That is no loss, and no proof either. `unexpected` are in the table and were never put.

    Alerts: `whales` were put as trades worth one; `unsent` stand in the table and never came to the bus, `unlanded` came to the bus and
    do not stand in the table; `repeated_on_bus` came more than once.
    """

    put: int
    landed: int
    unread: int
    missing: int
    doubled: int
    unexpected: int
    whales: int
    whales_missing: int
    alerts_on_bus: int
    alerts_in_table: int
    alerts_doubled: int
    unsent: int
    unlanded: int
    repeated_on_bus: int
    named: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """A line for each thing that is not as it must be."""
        found = (
            (self.unread, "trades were not read yet, and wait in the stream: the application had not come so far"),
            (self.missing, "trades are missing"),
            (self.doubled, "rows repeat a trade"),
            (self.unexpected, "trades landed that were never put"),
            (self.whales_missing, "whale trades raised no alert in the table"),
            (self.alerts_doubled, "rows of anomaly_alerts repeat an alert"),
            (self.unsent, f"alerts stand in the table and never came to the bus: {', '.join(self.named)}"),
            (self.unlanded, f"alerts came to the bus and do not stand in the table: {', '.join(self.named)}"),
        )
        return tuple(f"{count:,} {text}" for count, text in found if count)


def judge(
    sent: Sequence[Sent],
    whales: Mapping[str, Trade],
    on_bus: Mapping[str, int],
    contents: Contents,
    unread: Mapping[Market, Ranges] | None = None,
) -> Verdict:
    """Hold what was put and what the bus got against what the tables hold. `whales`: alert → its trade; `unread`: see `Verdict`."""
    rows = {one.market: one for one in contents.trades}
    held = {market: one.ids for market, one in rows.items()}
    made = {one.market: one.ids for one in sent}
    waiting = unread or {}
    lacking = {market: outside(ids, held.get(market, ())) for market, ids in made.items()}
    missing = {market: outside(ids, waiting.get(market, ())) for market, ids in lacking.items()}
    unsent, unlanded = contents.alerts.keys() - on_bus.keys(), on_bus.keys() - contents.alerts.keys()
    return Verdict(
        put=sum(map(size, made.values())),
        landed=sum(one.rows for one in contents.trades),
        unread=sum(map(size, lacking.values())) - sum(map(size, missing.values())),
        missing=sum(map(size, missing.values())),
        doubled=sum(one.doubled for one in contents.trades),
        unexpected=sum(size(outside(ids, made.get(market, ()))) for market, ids in held.items()),
        whales=len(whales),
        whales_missing=sum(
            alert not in contents.alerts and not contains(waiting.get(trade.market, ()), trade.trade_id)
            for alert, trade in whales.items()
        ),
        alerts_on_bus=len(on_bus),
        alerts_in_table=len(contents.alerts),
        alerts_doubled=doubled(contents.alerts),
        unsent=len(unsent),
        unlanded=len(unlanded),
        repeated_on_bus=sum(count > 1 for count in on_bus.values()),
        named=tuple(sorted(unsent or unlanded)[:_NAMED]),
    )
