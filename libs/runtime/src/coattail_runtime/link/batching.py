"""From a queue of trades to batches of lines: what waits is taken together, and grouped by market in its order."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import batched, pairwise, zip_longest
from typing import Final

import msgspec

from coattail_common.lines import MarketName, TradeLine, pack
from coattail_runtime.sink import TradeQueue

_LOOK_SECONDS: Final = 0.03
"""How often the queue is looked at meanwhile: to be woken by each trade would cost more than the trade."""
_LOOK_SOON_SECONDS: Final = 0.01
_MANY: Final = 200
"""With so many taken the queue may be full before long."""
_FILLED: Final = 0.97
"""Of a batch: lines of a market differ in length by a few bytes."""


class LineBatch(msgspec.Struct, frozen=True):
    """Consecutive records of one `key` of a `source`, as `count` lines joined by the separator.

    Of trades the source is the exchange, and the key the symbol. Nothing behind it decodes the lines.
    """

    source: str
    key: str
    count: int
    lines: bytes
    last_trade_id: int | None = None
    """The id of its last trade, where the batch was made from trades; it does not travel."""
    runs: tuple[tuple[int, int], ...] = ()
    """The ids of its trades, as the first and the last of each run of consecutive ones; they do not travel either."""


async def take(queue: TradeQueue, *, linger: float, limit: int) -> list[TradeLine]:
    """The next trades of the queue: all that come within `linger` seconds of the first, at most `limit`.

    Waits for the first without limit. Empty only when the queue is shut down and empty.
    """
    trades: list[TradeLine] = []
    try:
        trades.append(await queue.get())
        left = linger
        while True:
            with suppress(asyncio.QueueEmpty):
                while len(trades) < limit:
                    trades.append(queue.get_nowait())
            if left <= 0 or len(trades) == limit:
                return trades
            pause = min(left, _LOOK_SECONDS if len(trades) < _MANY else _LOOK_SOON_SECONDS)
            await asyncio.sleep(pause)
            left -= pause
    except asyncio.QueueShutDown:
        return trades


def group(trades: Iterable[TradeLine], max_bytes: int) -> list[LineBatch]:
    """The trades as batches of at most `max_bytes` of lines, each market's in order. A longer line stands alone.

    The markets take turns: none waits for all of another's.
    """
    markets: defaultdict[MarketName, list[TradeLine]] = defaultdict(list)
    for trade in trades:
        markets[trade.market].append(trade)
    turns = zip_longest(*(_batches(market, together, max_bytes) for market, together in markets.items()))
    return [batch for turn in turns for batch in turn if batch is not None]


def _batches(market: MarketName, trades: Sequence[TradeLine], max_bytes: int) -> Iterator[LineBatch]:
    """Trades of one market, cut by what their first line says of all; where others are longer, halved until they fit."""
    fitting = int(_FILLED * max_bytes / len(trades[0].line))
    for part in batched(trades, max(1, fitting), strict=False):
        lines = pack([trade.line for trade in part])
        if len(lines) <= max_bytes or len(part) == 1:
            yield LineBatch(market.exchange, market.symbol, len(part), lines, part[-1].trade_id, _runs(part))
            continue
        half = len(part) // 2
        yield from _batches(market, part[:half], max_bytes)
        yield from _batches(market, part[half:], max_bytes)


def _runs(trades: Sequence[TradeLine]) -> tuple[tuple[int, int], ...]:
    """Their ids, as the first and the last of each run of consecutive ones."""
    ids = [trade.trade_id for trade in trades]
    if ids == list(range(ids[0], ids[0] + len(ids))):
        return ((ids[0], ids[-1]),)
    breaks = [at for at in range(1, len(ids)) if ids[at] - ids[at - 1] != 1]
    return tuple((ids[first], ids[last - 1]) for first, last in pairwise((0, *breaks, len(ids))))
