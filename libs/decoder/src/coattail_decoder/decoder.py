"""The decoder that this machine has: the compiled one, or the same in Python."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Final, Protocol

import msgspec
import pyarrow as pa

from coattail_common import quality
from coattail_common.contracts import SCHEMA_VERSION, Trade
from coattail_common.lines import encode_trade
from coattail_decoder import reference, rules
from coattail_decoder.look import Arrival, BarSum, FillRow, Look, MarketName, Marks, Run, SideSum
from coattail_decoder.rows import ORIGINS, ROWS, SIDES, Decoded, Refused, Spelled, as_written, fixed

VERSION: Final = 1
"""Of the compiled module that this package works with."""
_LOOKED_AT: Final = (
    "market",
    "trade_id",
    "price",
    "quantity",
    "quote_volume",
    "price_digits",
    "quantity_digits",
    "volume_digits",
    "side",
    "timestamp",
    "ingestion_timestamp",
    "record",
)
MOST_MARKETS: Final = 10_000
"""Markets whose lines the compiled decoder recognises; further ones are read in Python."""


class Decoder(Protocol):
    """Makes typed rows of records, and the look of them.

    Attributes:
        bar: The width of a bar in µs; None: no bars.
        floor: US dollars from which on the trades of one side in one millisecond are worth a look; None: none are.
        rates: US dollars for a unit of each quote currency. Trades in others are worth a look at the ends of runs alone.
    """

    def decode(self, records: Sequence[bytes], shards: Sequence[str], arrived_at: Sequence[int]) -> Decoded:
        """Decode the bytes of records, in the order of arrival within each shard. `arrived_at` is when each arrived (UTC, µs).

        Raises nothing for what a record holds: a line that is no valid trade is among the refused ones.
        """
        ...

    def look_at(
        self, names: Sequence[MarketName], rows: pa.Table, shards: Sequence[str], arrived_at: Sequence[int]
    ) -> Look:
        """Return the look of rows that are there already (schema `ROWS`): `names` by their market numbers, shards and arrivals by
        their record numbers.

        A `side` of -1 is not known: such a trade counts in its bar, and is no fill worth a look.
        """
        ...


def decoder(*, bar: int | None, floor: float | None, rates: Mapping[str, float]) -> Decoder:
    """Return a decoder of this machine. It learns the markets that it meets; so one is kept for all records of a process."""
    made = compiled()
    if made is None:
        return reference.Decoder(bar=bar, floor=floor, rates=rates)
    return _Compiled(made, bar=bar, floor=floor, rates=rates)


def implementation() -> str:
    """Say in a line what decodes here."""
    if compiled() is not None:
        return "lines are decoded by compiled code"
    return "lines are decoded in Python, some hundred times as slow: no compiled coattail-decoder for this machine is installed"


@cache
def compiled() -> Any:
    """Return the compiled module; None without one, or with one of another version than this package."""
    try:
        found = import_module("coattail_decoder_compiled")
    except ImportError:
        return None
    return found if found.VERSION == VERSION else None


class _Compiled:
    """See `Decoder`."""

    def __init__(self, module: Any, *, bar: int | None, floor: float | None, rates: Mapping[str, float]) -> None:
        self._decoder = module.Decoder(
            _judged(rules.template()),
            rules.template(),
            rules.SIDE_TEXTS,
            rules.ORIGIN_TEXTS,
            dict(rates),
            bar,
            None if floor is None else floor - rules.HALF_A_DOLLAR,
            MOST_MARKETS,
            SCHEMA_VERSION,
            (
                quality.EARLIEST_MICROS,
                quality.LATEST_MICROS,
                quality.AHEAD_MICROS,
                rules.AHEAD_MICROS,
                rules.MOST_AT_HOLES,
            ),
        )

    def decode(self, records: Sequence[bytes], shards: Sequence[str], arrived_at: Sequence[int]) -> Decoded:
        """See `Decoder.decode`."""
        columns, size, names, lines, runs, bars, fills, arrivals, marks, spelled, refused = self._decoder.decode(
            list(records), list(shards), list(arrived_at)
        )
        counts = Counter(rule for _, _, rule, _ in refused)
        return Decoded(
            _batch(columns, size),
            tuple(Spelled(*one) for one in spelled),
            tuple(Refused(*one) for one in refused),
            _look(names, lines, runs, bars, fills, arrivals, marks, dict(counts)),
        )

    def look_at(
        self, names: Sequence[MarketName], rows: pa.Table, shards: Sequence[str], arrived_at: Sequence[int]
    ) -> Look:
        """See `Decoder.look_at`."""
        columns = {name: column_bytes(rows, name) for name in _LOOKED_AT}
        found = self._decoder.look_at(
            [tuple(msgspec.structs.astuple(name)) for name in names],
            columns,
            rows.num_rows,
            list(shards),
            list(arrived_at),
        )
        names_met, lines, runs, bars, fills, arrivals, marks = found[2:9]
        return _look(names_met, lines, runs, bars, fills, arrivals, marks, {})


def column_bytes(rows: pa.Table, name: str) -> memoryview:
    """Return the bytes of a column without NULLs."""
    column: Any = rows[name]
    column = column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)
    width = column.type.bit_width // 8
    return memoryview(column.buffers()[1]).cast("B")[column.offset * width : (column.offset + len(column)) * width]


def _look(
    names: Sequence[tuple[str, str, str, str]],
    lines: Sequence[int],
    runs: Sequence[tuple[int, int, int]],
    bars: Sequence[Sequence[int]],
    fills: Sequence[Sequence[int]],
    arrivals: Sequence[tuple[int, str, int, int]],
    marks: Sequence[tuple[int, int, bytes]],
    refused: dict[str, int],
) -> Look:
    return Look(
        markets=tuple(MarketName(*name) for name in names),
        lines=tuple(lines),
        runs=tuple(Run(*one) for one in runs),
        bars=tuple(map(_bar, bars)),
        fills=tuple(_fill(*one) for one in fills),
        arrivals=tuple(Arrival(*one) for one in arrivals),
        marks=tuple(Marks(*one) for one in marks),
        refused=refused,
    )


def _batch(columns: Mapping[str, bytearray], size: int) -> pa.RecordBatch:
    arrays = [pa.Array.from_buffers(field.type, size, [None, pa.py_buffer(columns[field.name])]) for field in ROWS]
    return pa.RecordBatch.from_arrays(arrays, schema=ROWS)


def _bar(values: Sequence[int]) -> BarSum:
    market, start, trades, volume, amount, buys, buy_volume, buy_amount, opened, high, low, closed, *rest = values
    return BarSum(
        market,
        start,
        SideSum(trades, str(volume), str(amount)),
        SideSum(buys, str(buy_volume), str(buy_amount)),
        str(opened),
        str(high),
        str(low),
        str(closed),
        *rest,
    )


def _fill(market: int, trade_id: int, side: int, timestamp: int, *amounts: int) -> FillRow:
    return FillRow(market, trade_id, side == 1, timestamp, *map(fixed, amounts[:3], amounts[3:]))


def _judged(texts: Sequence[bytes]) -> Callable[[bytes], Any]:
    """Return what the compiled decoder asks about a line that it does not recognise: a rule's name, or the trade's values, and how
    its market's lines begin.
    """

    def judged(line: bytes) -> Any:
        trade = quality.judge(line)
        if not isinstance(trade, Trade):
            return trade.name
        exchange, symbol, base, quote = (
            one.encode() for one in (trade.exchange, trade.symbol, trade.base, trade.quote)
        )
        head = texts[0] + exchange + texts[1] + symbol + texts[2]
        middle = texts[3] + exchange + texts[4] + symbol + texts[5] + base + texts[6] + quote + texts[7]
        amounts = (trade.price, trade.quantity, trade.quote_volume)
        return (
            (trade.exchange, trade.symbol, trade.base, trade.quote),
            head,
            middle,
            encode_trade(trade) == line,
            as_written(trade) == line,
            (
                trade.trade_id,
                *(_units(one) for one in amounts),
                *(len(one.partition(".")[2]) for one in amounts),
                SIDES.index(trade.side),
                trade.timestamp,
                trade.ingestion_timestamp,
                ORIGINS.index(trade.origin),
                trade.schema_version,
            ),
        )

    return judged


def _units(amount: str) -> int:
    """An amount with at most 18 digits behind the point, × 10¹⁸."""
    whole, _, behind = amount.partition(".")
    return int(whole) * 10**18 + int(behind.ljust(18, "0"))
