"""The trades that are put into the stream: a steady rate of two markets, with whales, and now and then a record twice."""

import asyncio
import time
from random import Random
from typing import Final

import msgspec

from coattail_chaos.verdict import Sent
from coattail_common.contracts import Side
from coattail_common.ids import Market
from coattail_common.lines import encode_trade, pack
from coattail_testing.kinesis_reading import ReadableStream
from coattail_testing.records import a_trade

SHARDS: Final = ("shardId-000000000000", "shardId-000000000001")
MARKETS: Final = (Market("binance", "BTC-USDT"), Market("coinbase", "BTC-USD"))
_EVERY_SECONDS: Final = 0.1
_PRICE: Final = 60_000.0
_QUANTITY: Final = "0.01"
_WHALE: Final = "5"
_WHALES_A_SECOND: Final = 1.0
_TWICE: Final = 0.02
"""Of the records: a stream delivers at least once."""
_APART_EVERY: Final = 180
_APART_FOR: Final = 60
"""Seconds: every three minutes the second market is two per cent dearer for one, which is a divergence."""


class Trade(msgspec.Struct, frozen=True):
    """A trade by its place."""

    market: Market
    trade_id: int


class Feed:
    """Puts `rate` trades a second; counts what it put."""

    def __init__(self, stream: ReadableStream, rate: float, random: Random) -> None:
        self.put = 0
        self.repeated = 0
        self.whales: dict[str, Trade] = {}
        """The alerts that its whales are worth, and their trades."""
        self._stream = stream
        self._rate = rate
        self._random = random
        self._first = {market: 1_000_000 * (number + 1) for number, market in enumerate(MARKETS)}
        self._next = dict(self._first)

    async def run(self) -> None:
        """Put trades until it is cancelled."""
        began, due = time.monotonic(), 0.0
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            due = (time.monotonic() - began) * self._rate - self.put
            for shard, market in zip(SHARDS, MARKETS, strict=True):
                self._record(shard, market, int(due / len(MARKETS)))

    def sent(self) -> tuple[Sent, ...]:
        """What it put of each market."""
        return tuple(Sent(market, self._first[market], self._next[market] - 1) for market in MARKETS)

    def _record(self, shard: str, market: Market, count: int) -> None:
        if count < 1:
            return
        now = time.time_ns() // 1000
        chance = _WHALES_A_SECOND / self._rate
        data = pack(self._line(market, now, self._random.random() < chance) for _ in range(count))
        self.put += count
        for _ in range(2 if self._random.random() < _TWICE else 1):
            self._stream.put(shard, data, market.symbol)
            self.repeated += count
        self.repeated -= count

    def _line(self, market: Market, now: int, is_whale: bool) -> bytes:
        trade_id = self._next[market]
        self._next[market] += 1
        if is_whale:
            alert = f"MOD-002:whale_trade:{market.exchange}:{market.symbol}:{trade_id}"
            self.whales[alert] = Trade(market, trade_id)
        apart = market == MARKETS[1] and now // 1_000_000 % _APART_EVERY < _APART_FOR
        price = _PRICE * (1.02 if apart else 1.0)
        trade = a_trade(
            trade_id,
            exchange=market.exchange,
            symbol=market.symbol,
            price=f"{price:.2f}",
            quantity=_WHALE if is_whale else _QUANTITY,
            side=self._random.choice(list(Side)),
            timestamp=now,
        )
        return encode_trade(trade)
