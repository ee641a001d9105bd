"""The decoder in Python: what the compiled one must agree with, and what runs where there is none."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Context, Decimal
from typing import Any, Final

import msgspec
import pyarrow as pa

from coattail_common import quality
from coattail_common.contracts import Trade
from coattail_common.lines import SEPARATOR
from coattail_decoder.look import Arrival, BarSum, FillRow, Look, MarketName, Marks, Run, SideSum
from coattail_decoder.rows import ORIGINS, ROWS, SIDES, Decoded, Refused, Spelled, fixed, line_of
from coattail_decoder.rules import (
    AHEAD_MICROS,
    HALF_A_DOLLAR,
    LARGEST,
    MOST_AT_HOLES,
    bucket_of,
    mark_of,
)

_WIDE: Final = Context(prec=100)
_ROUNDING: Final = 10**6
"""From 18 digits behind the point to 12."""


class Decoder:
    """See `coattail_decoder.decoder.Decoder`."""

    def __init__(self, *, bar: int | None, floor: float | None, rates: Mapping[str, float]) -> None:
        self._bar = bar
        self._floor = floor
        self._rates = rates

    def decode(self, records: Sequence[bytes], shards: Sequence[str], arrived_at: Sequence[int]) -> Decoded:
        """See `coattail_decoder.decoder.Decoder`."""
        names: dict[MarketName, int] = {}
        rows: list[dict[str, Any]] = []
        spelled: list[Spelled] = []
        refused: list[Refused] = []
        for record, data in enumerate(records):
            for number, line in enumerate(data.split(SEPARATOR)):
                trade = quality.judge(line)
                if not isinstance(trade, Trade):
                    refused.append(Refused(record, number, trade.name, line))
                    continue
                name = MarketName(trade.exchange, trade.symbol, trade.base, trade.quote)
                row = _row(trade, names.setdefault(name, len(names)), record, number)
                if line_of(name, row) != line:
                    spelled.append(Spelled(len(rows), line))
                rows.append(row)
        look = self._look(tuple(names), rows, shards, arrived_at)
        batch = pa.RecordBatch.from_pylist(rows, ROWS)
        counts = Counter(one.rule for one in refused)
        return Decoded(batch, tuple(spelled), tuple(refused), msgspec.structs.replace(look, refused=dict(counts)))

    def look_at(
        self, names: Sequence[MarketName], rows: pa.Table, shards: Sequence[str], arrived_at: Sequence[int]
    ) -> Look:
        """See `coattail_decoder.decoder.Decoder`."""
        # Markets are numbered as they appear, as in `decode`.
        numbers: dict[int, int] = {}
        found = [row | {"market": numbers.setdefault(row["market"], len(numbers))} for row in rows.to_pylist()]
        return self._look(tuple(names[number] for number in numbers), found, shards, arrived_at)

    def _look(
        self,
        names: tuple[MarketName, ...],
        rows: Sequence[Mapping[str, Any]],
        shards: Sequence[str],
        arrived_at: Sequence[int],
    ) -> Look:
        by_market: defaultdict[int, list[Mapping[str, Any]]] = defaultdict(list)
        for row in rows:
            by_market[row["market"]].append(row)
        runs = [run for market in range(len(names)) for run in _runs(market, by_market[market])]
        return Look(
            markets=names,
            lines=tuple(len(by_market[market]) for market in range(len(names))),
            runs=tuple(runs),
            bars=() if self._bar is None else tuple(_bars(rows, self._bar)),
            fills=() if self._floor is None else tuple(self._fills(names, by_market, self._floor, len(runs))),
            arrivals=tuple(_arrivals(rows, shards, arrived_at)),
            marks=tuple(_marks(rows)),
        )

    def _fills(
        self,
        names: tuple[MarketName, ...],
        by_market: Mapping[int, Sequence[Mapping[str, Any]]],
        floor: float,
        runs: int,
    ) -> Iterable[FillRow]:
        chosen: list[tuple[int, int, FillRow]] = []
        for market, found in by_market.items():
            rate = self._rates.get(names[market].quote)
            segments = _segments(found)
            if runs <= MOST_AT_HOLES:
                starts = {number for number, one in enumerate(segments) if one.begins_run}
                edges = starts | {number - 1 for number in starts if number} | {len(segments) - 1}
            else:
                ids = [row["trade_id"] for segment in segments for row in segment.rows]
                ends = {min(ids), max(ids)}
                edges = {n for n, one in enumerate(segments) if any(row["trade_id"] in ends for row in one.rows)}
            for number, segment in enumerate(segments):
                if segment.rows[0]["side"] < 0:
                    continue
                is_large = rate is not None and segment.amount * rate >= floor - HALF_A_DOLLAR
                if is_large or number in edges:
                    chosen += ((row["record"], row["line"], _fill(row)) for row in segment.rows)
        return [fill for *_, fill in sorted(chosen, key=lambda one: one[:2])]


class _Segment:
    """Trades of consecutive ids, of one side and one millisecond. `begins_run`: its first id does not follow the one before it."""

    def __init__(self, *, begins_run: bool) -> None:
        self.begins_run = begins_run
        self.rows: list[Mapping[str, Any]] = []
        self.amount = 0.0


def _segments(rows: Iterable[Mapping[str, Any]]) -> list[_Segment]:
    segments: list[_Segment] = []
    last: Mapping[str, Any] | None = None
    for row in rows:
        follows = last is not None and row["trade_id"] == last["trade_id"] + 1
        if last is None or not (
            follows and row["side"] == last["side"] and row["timestamp"] // 1000 == last["timestamp"] // 1000
        ):
            segments.append(_Segment(begins_run=not follows))
        segments[-1].rows.append(row)
        segments[-1].amount += (_units(row["quote_volume"]) // 10**12) * 1e-6
        last = row
    return segments


def _row(trade: Trade, market: int, record: int, number: int) -> dict[str, Any]:
    amounts = {name: getattr(trade, name) for name in ("price", "quantity", "quote_volume")}
    digits = {name: len(text.partition(".")[2]) for name, text in amounts.items()}
    return {
        "market": market,
        "trade_id": trade.trade_id,
        **{name: Decimal(text) for name, text in amounts.items()},
        "price_digits": digits["price"],
        "quantity_digits": digits["quantity"],
        "volume_digits": digits["quote_volume"],
        "side": SIDES.index(trade.side),
        "timestamp": trade.timestamp,
        "ingestion_timestamp": trade.ingestion_timestamp,
        "origin": ORIGINS.index(trade.origin),
        "schema_version": trade.schema_version,
        "record": record,
        "line": number,
    }


def _runs(market: int, rows: Sequence[Mapping[str, Any]]) -> list[Run]:
    found: list[Run] = []
    for row in rows:
        if found and row["trade_id"] == found[-1].last + 1:
            found[-1] = Run(market, found[-1].first, row["trade_id"])
        else:
            found.append(Run(market, row["trade_id"], row["trade_id"]))
    return found


def _bars(rows: Iterable[Mapping[str, Any]], width: int) -> Iterable[BarSum]:
    by_bar: defaultdict[tuple[int, int], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_bar[row["market"], row["timestamp"] - row["timestamp"] % width].append(row)
    for (market, start), found in sorted(by_bar.items()):
        first, last = (end(found, key=lambda row: row["trade_id"]) for end in (min, max))
        prices = [_units(row["price"]) for row in found]
        yield BarSum(
            market,
            start,
            all=_sum(found),
            buys=_sum([row for row in found if row["side"] == 0]),
            open=str(_units(first["price"])),
            high=str(max(prices)),
            low=str(min(prices)),
            close=str(_units(last["price"])),
            first_trade_id=first["trade_id"],
            last_trade_id=last["trade_id"],
            newest=max(min(row["timestamp"], row["ingestion_timestamp"] + AHEAD_MICROS) for row in found),
        )


def _sum(rows: Sequence[Mapping[str, Any]]) -> SideSum:
    volume = sum((_units(row["quantity"]) + _ROUNDING // 2) // _ROUNDING for row in rows)
    amount = sum((_units(row["quote_volume"]) + _ROUNDING // 2) // _ROUNDING for row in rows)
    return SideSum(len(rows), str(min(volume, LARGEST)), str(min(amount, LARGEST)))


def _fill(row: Mapping[str, Any]) -> FillRow:
    digits = {"price": "price_digits", "quantity": "quantity_digits", "quote_volume": "volume_digits"}
    amounts = (fixed(_units(row[name]), row[behind]) for name, behind in digits.items())
    return FillRow(row["market"], row["trade_id"], row["side"] == 1, row["timestamp"], *amounts)


def _arrivals(rows: Iterable[Mapping[str, Any]], shards: Sequence[str], arrived_at: Sequence[int]) -> Iterable[Arrival]:
    found: dict[tuple[int, str], tuple[int, int]] = {}
    for row in rows:
        arrival, key = arrived_at[row["record"]], (row["market"], shards[row["record"]])
        time, delay = min(row["timestamp"], arrival + AHEAD_MICROS), arrival - row["ingestion_timestamp"]
        known = found.get(key, (time, delay))
        found[key] = (max(known[0], time), min(known[1], delay))
    return [Arrival(market, shard, time, delay) for (market, shard), (time, delay) in sorted(found.items())]


def _marks(rows: Iterable[Mapping[str, Any]]) -> Iterable[Marks]:
    found: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for row in rows:
        price, quantity = _units(row["price"]), _units(row["quantity"])
        mark = mark_of(row["trade_id"], price, quantity, row["side"] == 1, row["timestamp"])
        found[row["market"], bucket_of(row["trade_id"])].append(mark)
    for (market, bucket), marks in sorted(found.items()):
        yield Marks(market, bucket, b"".join(mark.to_bytes(8, "little") for mark in marks))


def _units(value: Decimal) -> int:
    return int(value.scaleb(18, _WIDE))
