"""Trades into a Kinesis that answers in 10 ms, a client in this process: ours, ours with 30 % of all records refused, `async-kinesis`.

`async-kinesis` works at the best setting that comes near to keeping a market's order: one call at a time, and no order is
promised among a call's records, so a producer a market, at most two records a call, each of many lines. Both encode what they
put: ours from a trade's fields, as a connector does, the peer from a dict that is ready.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from statistics import median
from typing import Final

import msgspec
from kinesis import Producer
from kinesis.processors import JsonLineProcessor

from coattail_common.contracts import Trade
from coattail_common.lines import TradeLine, decode_trade, unpack
from coattail_connector import market, streamed
from coattail_runtime import telemetry
from coattail_runtime.sink import TradeQueue
from coattail_testing.kinesis import FakeKinesis
from coattail_testing.records import a_trade
from kinesis_writer import Reachability, Writer
from kinesis_writer.kinesis import KinesisStream

ANSWER_SECONDS: Final = 0.01
SYMBOLS: Final = tuple(
    f"{base}-USDT" for base in ("BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "DOT", "LINK", "LTC", "BNB")
)
_TRADES: Final = 1_000_000
_PEERS_TRADES: Final = 250_000
"""Its rate is the same over more of them."""
_REFUSED: Final = 0.3
_TURNS: Final = 5
"""Each contender runs in each turn. The result has medians, since chance decides how often the last records are refused."""


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """Trades a second into the Kinesis that answers in 10 ms, and the ratios that are asked for."""

    trades: int
    ours: float
    ours_refused: float
    async_kinesis: float
    times_async_kinesis: float
    refused_share_of_ours: float
    records_a_trade: float


def measure() -> Writing:
    """Measure once, about a minute."""
    return asyncio.run(_measure())


async def _measure() -> Writing:
    trades = [a_trade(number // len(SYMBOLS), symbol=SYMBOLS[number % len(SYMBOLS)]) for number in range(_TRADES)]
    ours, refused, theirs = [], [], []
    for turn in range(_TURNS):
        sys.stderr.write(f"bench: the writer, with records refused, and async-kinesis: {turn + 1} of {_TURNS}\n")
        rate, records = await _through_writer(trades, refuses=0.0)
        ours.append(rate)
        refused.append((await _through_writer(trades, refuses=_REFUSED))[0])
        theirs.append(await _through_async_kinesis(trades[:_PEERS_TRADES]))
    return Writing(
        trades=len(trades),
        ours=round(median(ours)),
        ours_refused=round(median(refused)),
        async_kinesis=round(median(theirs)),
        times_async_kinesis=round(median(ours) / median(theirs), 2),
        refused_share_of_ours=round(median(refused) / median(ours), 2),
        records_a_trade=round(records / len(trades), 4),
    )


async def _through_writer(trades: Sequence[Trade], refuses: float) -> tuple[float, int]:
    """Trades a second, and how many records it took."""
    accepted: list[tuple[str, bytes]] = []
    kinesis = FakeKinesis(accepted.append, answer_seconds=ANSWER_SECONDS, refuses=refuses)
    log = telemetry.logger("benchmark", "CRITICAL")
    queue: TradeQueue = asyncio.Queue(5_000)
    markets = {symbol: streamed(market("binance", symbol)) for symbol in SYMBOLS}

    async def feed() -> None:
        for trade in trades:
            of, side, at = markets[trade.symbol], trade.side, trade.timestamp
            made = of.streamed_trade(trade.trade_id, trade.price, trade.quantity, side, at, trade.ingestion_timestamp)
            assert type(made) is TradeLine
            try:  # a coroutine less, as in a connector's queue
                queue.put_nowait(made)
            except asyncio.QueueFull:
                await queue.put(made)
        queue.shutdown()

    async with Writer(KinesisStream(kinesis, "stream"), Reachability("benchmark", log)) as writer:
        began = time.perf_counter()
        await asyncio.gather(feed(), writer.drain(queue))
        rate = len(trades) / (time.perf_counter() - began)
    _check([decode_trade(line) for _, payload in accepted for line in unpack(payload)], trades)
    return rate, len(accepted)


async def _through_async_kinesis(trades: Sequence[Trade]) -> float:
    accepted: list[tuple[str, bytes]] = []
    kinesis = FakeKinesis(accepted.append, answer_seconds=ANSWER_SECONDS)
    rows = [(trade.symbol, msgspec.to_builtins(trade)) for trade in trades]
    producers = {symbol: _producer(kinesis) for symbol in SYMBOLS}
    began = time.perf_counter()
    for symbol, row in rows:
        await producers[symbol].put(row, partition_key=symbol)
    await asyncio.gather(*(producer.flush() for producer in producers.values()))
    rate = len(trades) / (time.perf_counter() - began)
    for producer in producers.values():
        with suppress(asyncio.CancelledError):
            await producer.close()
    lines = [line for _, payload in accepted for line in payload.splitlines()]
    _check([decode_trade(line) for line in lines], trades)
    return rate


def _producer(kinesis: FakeKinesis) -> Producer:
    """Unthrottled, of records as large as it allows, and as few of them a call as it can: two."""
    producer = Producer(
        "stream",
        processor=JsonLineProcessor(max_size=1000),
        batch_size=1,
        buffer_time=0.1,
        max_queue_size=1_000_000,
        put_rate_limit_per_shard=10**9,
        put_bandwidth_limit_per_shard=10**9,
    )
    producer.client = kinesis
    producer.stream_status = producer.ACTIVE
    return producer


def _check(arrived: Sequence[Trade], sent: Sequence[Trade]) -> None:
    """Every trade arrived once, each market's in order."""
    for symbol in SYMBOLS:
        ids = [trade.trade_id for trade in arrived if trade.symbol == symbol]
        assert ids == [trade.trade_id for trade in sent if trade.symbol == symbol], symbol
