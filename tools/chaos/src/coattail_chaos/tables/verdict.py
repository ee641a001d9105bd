"""The judgement over a course: what the stream held against what the tables hold. Pure."""

from collections.abc import Collection, Mapping

import msgspec

from coattail_chaos.contents import Contents
from coattail_chaos.tables.stream import SHARD, trades, whales
from coattail_chaos.verdict import outside
from coattail_common.ids import IdRange, size
from stream_detectors.lakehouse import ANOMALY_ALERTS, DQ_REJECTS, RAW_TRADES


class TableVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """A table: rows that it should have and lacks, that repeat another, and that it should not have."""

    table: str
    put: int
    missing: int
    doubled: int
    unexpected: int

    @property
    def problems(self) -> tuple[str, ...]:
        """A line for each thing that is not as it must be."""
        found = ((self.missing, "missing"), (self.doubled, "doubled"), (self.unexpected, "never put"))
        return tuple(f"{self.table}: {count:,} rows {text}" for count, text in found if count)


def judge(until: int, contents: Contents) -> tuple[TableVerdict, ...]:
    """Return a verdict for each table, after the stream was read up to part `until`."""
    refused = {f"{SHARD}/{number + 1}/{len(trades(1))}" for number in range(until)}
    verdicts = [_trades(until, contents)]
    verdicts += [_keys(DQ_REJECTS.name, refused, contents.refused)]
    verdicts += [_keys(ANOMALY_ALERTS.name, whales(until), contents.alerts)]
    verdicts += [_keys(name, whales(until), keys) for name, keys in sorted(contents.found.items())]
    return tuple(verdicts)


def _trades(until: int, contents: Contents) -> TableVerdict:
    ids = trades(until)
    wanted = (IdRange(ids[0], ids[-1]),)
    held = tuple(one for market in contents.trades for one in market.ids)
    return TableVerdict(
        table=RAW_TRADES.name,
        put=len(ids),
        missing=size(outside(wanted, held)),
        doubled=sum(one.doubled for one in contents.trades),
        unexpected=size(outside(held, wanted)),
    )


def _keys(table: str, wanted: Collection[str], held: Mapping[str, int]) -> TableVerdict:
    return TableVerdict(
        table=table,
        put=len(wanted),
        missing=len(set(wanted) - held.keys()),
        doubled=sum(held.values()) - len(held),
        unexpected=len(held.keys() - set(wanted)),
    )
