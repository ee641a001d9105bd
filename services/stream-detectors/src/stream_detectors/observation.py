"""What a batch comes down to in the driver: which ids came, what was refused, the few fills worth a look, and the bars. Put
together of the looks of
its tasks, each of which has seen other records."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Context, Decimal
from typing import Final

import msgspec

from coattail_common.ids import IdRange, Market, Ranges, merge
from coattail_decoder.look import BarSum, FillRow, Look, SideSum
from coattail_decoder.rules import LARGEST
from coattail_detectors.kernel.observed import Bar, Fill, MarketFills, Wanted
from coattail_detectors.kernel.watermark import Shard
from stream_detectors.contents import Bucket, Contents
from stream_detectors.parts import TaskLook
from stream_detectors.source.positions import Positions
from stream_detectors.source.shard_plan import ReadTo

_EXACT: Final = Context(prec=80)
_SUM_DIGITS: Final = 12


class Observation(msgspec.Struct, frozen=True):
    """A batch, seen: valid trades counted by market with repeats, their ids and contents, refusals by rule, the fills worth a look,
    the bars (repeats counted again), how late it is in each shard, how far in the stream it reaches, and the least time (µs) between an
    exchange's connector and Kinesis by their two clocks: far from a second, the connector's clock is off. `reads`: how far each
    shard was read."""

    lines: dict[Market, int]
    ids: dict[Market, Ranges]
    contents: Contents
    refused: dict[str, int]
    fills: tuple[MarketFills, ...]
    bars: tuple[Bar, ...]
    times: dict[Shard, int]
    positions: Positions
    delays: dict[str, int] = {}
    reads: tuple[ReadTo, ...] = ()

    @property
    def trades(self) -> int:
        """Valid trades, with repeats."""
        return sum(self.lines.values())

    @property
    def is_empty(self) -> bool:
        """Whether the batch had no line."""
        return not self.lines and not self.refused


def observed(looks: Iterable[TaskLook], wanted: Wanted) -> Observation:
    """Put the looks of a batch's tasks together."""
    lines: Counter[Market] = Counter()
    ids: defaultdict[Market, list[Ranges]] = defaultdict(list)
    marks = Contents()
    refused: Counter[str] = Counter()
    fills = _Fills()
    bars = _Bars()
    times: dict[Shard, int] = {}
    delays: dict[str, int] = {}
    reads: list[ReadTo] = []
    for task in looks:
        look = task.look
        reads += task.reads
        refused.update(look.refused)
        markets = [Market(name.exchange, name.symbol) for name in look.markets]
        for market, count in zip(markets, look.lines, strict=True):
            lines[market] += count
        for run in look.runs:
            ids[markets[run.market]].append((IdRange(run.first, run.last),))
        for one in look.marks:
            marks.add(Bucket(markets[one.market], one.bucket), one.marks)
        for arrival in look.arrivals:
            exchange = markets[arrival.market].exchange
            shard = Shard(exchange, arrival.shard_id)
            times[shard] = max(times.get(shard, arrival.time), arrival.time)
            delays[exchange] = min(delays.get(exchange, arrival.delay), arrival.delay)
        fills.add(look, markets)
        bars.add(look, markets)
    return Observation(
        lines=dict(lines),
        ids={market: merge(*parts) for market, parts in ids.items()},
        contents=marks,
        refused=dict(refused),
        fills=fills.found() if wanted.floor is not None else (),
        bars=bars.found() if wanted.bar is not None else (),
        times=times,
        delays=delays,
        positions={one.shard_id: one.last for one in reads if one.last is not None},
        reads=tuple(reads),
    )


class _Fills:
    """Fills by market and id, each once."""

    def __init__(self) -> None:
        self._quotes: dict[Market, str] = {}
        self._fills: defaultdict[Market, dict[int, Fill]] = defaultdict(dict)

    def add(self, look: Look, markets: list[Market]) -> None:
        for row in look.fills:
            market = markets[row.market]
            self._quotes[market] = look.markets[row.market].quote
            self._fills[market][row.trade_id] = _fill(row)

    def found(self) -> tuple[MarketFills, ...]:
        return tuple(
            MarketFills(market, self._quotes[market], tuple(fill for _, fill in sorted(fills.items())))
            for market, fills in sorted(self._fills.items())
        )


class _Bars:
    """Bars by start and market. A market's trades may have come in several tasks, as after a reshard."""

    def __init__(self) -> None:
        self._sums: dict[tuple[int, Market], BarSum] = {}

    def add(self, look: Look, markets: list[Market]) -> None:
        for one in look.bars:
            key = (one.start, markets[one.market])
            known = self._sums.get(key)
            self._sums[key] = one if known is None else _added(known, one)

    def found(self) -> tuple[Bar, ...]:
        return tuple(
            Bar(
                market=market,
                start=start,
                trades=one.all.trades,
                volume=_decimal(one.all.volume),
                amount=_decimal(one.all.amount),
                first_trade_id=one.first_trade_id,
                last_trade_id=one.last_trade_id,
                newest=one.newest,
            )
            for (start, market), one in sorted(self._sums.items())
        )


def _added(one: BarSum, other: BarSum) -> BarSum:
    first = one if one.first_trade_id <= other.first_trade_id else other
    last = one if one.last_trade_id >= other.last_trade_id else other
    return BarSum(
        one.market,
        one.start,
        _summed(one.all, other.all),
        _summed(one.buys, other.buys),
        open=first.open,
        high=max(one.high, other.high, key=int),
        low=min(one.low, other.low, key=int),
        close=last.close,
        first_trade_id=first.first_trade_id,
        last_trade_id=last.last_trade_id,
        newest=max(one.newest, other.newest),
    )


def _summed(one: SideSum, other: SideSum) -> SideSum:
    volume, amount = int(one.volume) + int(other.volume), int(one.amount) + int(other.amount)
    return SideSum(one.trades + other.trades, str(min(volume, LARGEST)), str(min(amount, LARGEST)))


def _fill(row: FillRow) -> Fill:
    return Fill(
        trade_id=row.trade_id,
        side="sell" if row.is_sell else "buy",
        timestamp=row.timestamp,
        price=Decimal(row.price),
        quantity=Decimal(row.quantity),
        amount=Decimal(row.amount),
    )


def _decimal(units: str) -> Decimal:
    return Decimal(units).scaleb(-_SUM_DIGITS, _EXACT)
