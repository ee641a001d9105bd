"""From a queue of trades to batches of lines: what waits is taken together, and grouped by market in its order."""

import asyncio
from collections.abc import Iterable

import msgspec

from coattail_common.contracts import Trade
from coattail_common.lines import SEPARATOR, encode_trade, pack
from coattail_common.sink import TradeQueue


class LineBatch(msgspec.Struct, frozen=True):
    """Some consecutive trades of one market, as `count` lines joined by the separator.

    Nothing behind it decodes them.
    """

    exchange: str
    symbol: str
    count: int
    lines: bytes
    last_trade_id: int | None = None
    """The id of its last trade, where the batch was made from trades; it does not travel."""
    runs: tuple[tuple[int, int], ...] = ()
    """The ids of its trades, as the first and the last of each run of consecutive ones; they do not travel either."""


class _Pile:
    """The lines of one market while a batch is being made."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.size = 0
        self.first_trade_id = 0
        self.last_trade_id = 0
        self.runs: list[tuple[int, int]] = []


async def take(queue: TradeQueue, *, linger: float, limit: int) -> list[Trade]:
    """The next trades of the queue: all that come within `linger` seconds of the first, at most `limit`.

    Waits for the first without limit. Empty only when the queue is shut down and empty.
    """
    try:
        trades = [await queue.get()]
    except asyncio.QueueShutDown:
        return []
    try:
        async with asyncio.timeout(linger):
            while len(trades) < limit:
                trades.append(queue.get_nowait() if not queue.empty() else await queue.get())
    except (TimeoutError, asyncio.QueueShutDown):
        pass
    return trades


def group(trades: Iterable[Trade], max_bytes: int) -> list[LineBatch]:
    """The trades as batches of at most `max_bytes` of lines, each market's in order. A longer line stands alone."""
    piles: dict[tuple[str, str], _Pile] = {}
    batches: list[LineBatch] = []
    for trade in trades:
        market = (trade.exchange, trade.symbol)
        line = encode_trade(trade)
        pile = piles.setdefault(market, _Pile())
        if pile.lines and pile.size + len(line) > max_bytes:
            batches.append(_batch(market, pile))
            pile = piles[market] = _Pile()
        if not pile.lines:
            pile.first_trade_id = trade.trade_id
        elif trade.trade_id - pile.last_trade_id != 1:
            pile.runs.append((pile.first_trade_id, pile.last_trade_id))
            pile.first_trade_id = trade.trade_id
        pile.last_trade_id = trade.trade_id
        pile.lines.append(line)
        pile.size += len(line) + len(SEPARATOR)
    batches.extend(_batch(market, pile) for market, pile in piles.items())
    return batches


def _batch(market: tuple[str, str], pile: _Pile) -> LineBatch:
    exchange, symbol = market
    runs = (*pile.runs, (pile.first_trade_id, pile.last_trade_id))
    return LineBatch(exchange, symbol, len(pile.lines), pack(pile.lines), pile.last_trade_id, runs)
