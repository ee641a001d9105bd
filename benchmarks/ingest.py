"""Ingest beside its peers, one run on one core: frames to lines for the stream, and lines into Kinesis.

Frames: recorded `trade` frames of Binance, each decoded, normalised, checked for continuity and encoded for the stream. The floor is
msgspec decoding the frame into a typed struct and no more. `cryptofeed` gets the same frames as `aggTrade`, the one of Binance's
trade streams that it reads (three names are changed in the text, nothing else); its handler makes its trade, which is serialised as
its own backends do it. Best of several turns, each contender in each turn.

Writer: trades into a Kinesis that answers in 10 ms, a client in this process: ours, ours with 30 % of all records refused, and
`async-kinesis` at the best setting that comes near to keeping a market's order (one call at a time, and no order is promised among a
call's records, so: a producer a market, at most two records a call, each of many lines).
"""

import asyncio
import gzip
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
from cryptofeed import _json as cryptofeed_json
from cryptofeed.defines import TRADES
from cryptofeed.exchanges.binance import Binance
from cryptofeed.symbols import Symbols
from kinesis import Producer
from kinesis.processors import JsonLineProcessor

from coattail_common import telemetry
from coattail_common.connector import Continuity
from coattail_common.contracts import Trade
from coattail_common.lines import decode_trade, unpack
from coattail_common.link import group
from coattail_common.testing import a_trade
from ingest_binance import frames as binance_frames
from ingest_binance.naming import markets_by_name
from ingest_binance.normalising import normalise
from kinesis_writer import Reachability, Writer
from kinesis_writer.kinesis import KinesisStream

RECORDINGS: Final = Path(__file__).parents[2] / "shared/data/binance_spot"
_TURNS: Final = 7
_RECEIVED: Final = 1_723_161_255_000_000
_AT_ONCE: Final = 200
"""Trades that wait together at a connector's queue in a busy moment."""
_RECORD_BYTES: Final = 50_000
_ANSWER_SECONDS: Final = 0.01
_WRITER_TRADES: Final = 500_000
_SYMBOLS: Final = tuple(
    f"{base}-USDT" for base in ("BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "DOT", "LINK", "LTC", "BNB")
)
_REFUSED: Final = 0.3


class Frames(msgspec.Struct, frozen=True, kw_only=True):
    """µs of one core a frame, and the ratios that are asked for."""

    frames: int
    floor_us: float
    ours_us: float
    cryptofeed_us: float
    of_the_floor: float
    times_cryptofeed: float


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """Trades a second into the Kinesis that answers in 10 ms, and the ratios that are asked for."""

    trades: int
    ours: float
    ours_refused: float
    async_kinesis: float
    times_async_kinesis: float
    refused_share_of_ours: float
    records_a_trade: float


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Both halves; `frames` is None where the recordings are not there."""

    frames: Frames | None
    writing: Writing
    load: float
    machine: str


def run() -> Result:
    """Measure once: about two minutes."""
    load = os.getloadavg()[0]
    return Result(
        frames=asyncio.run(_frames(recorded)) if (recorded := _recorded()) else None,
        writing=asyncio.run(_writing()),
        load=round(load, 1),
        machine=f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    )


def _recorded() -> list[bytes]:
    """The recorded trade frames, without the time of receipt before each."""
    found: list[bytes] = []
    for path in sorted(RECORDINGS.glob("*.gz")):
        with gzip.open(path) as file:
            found += (line.partition(b" ")[2].strip() for line in file if b'@trade"' in line)
    if not found:
        sys.stderr.write(f"bench: {RECORDINGS} is not there: frames are not measured\n")
    return found


async def _frames(recorded: Sequence[bytes]) -> Frames:
    markets = markets_by_name(["BTC-USDT", "ETH-USDT"])
    peer = _Cryptofeed(recorded, {"BTC-USDT": "BTCUSDT", "ETH-USDT": "ETHUSDT"})

    async def floor() -> None:
        for frame in recorded:
            binance_frames.decode_trade(frame)

    async def ours() -> None:
        continuity = Continuity()
        waiting: list[Trade] = []
        for frame in recorded:
            for message in normalise(markets, frame, _RECEIVED):
                assert isinstance(message, Trade)
                if not continuity.follows(message):
                    continuity.trade(message, 0.0)
                waiting.append(message)
            if len(waiting) >= _AT_ONCE:
                group(waiting, _RECORD_BYTES)
                waiting = []
        group(waiting, _RECORD_BYTES)

    best = await _best({"floor": floor, "ours": ours, "cryptofeed": peer.run}, len(recorded))
    return Frames(
        frames=len(recorded),
        floor_us=round(best["floor"], 2),
        ours_us=round(best["ours"], 2),
        cryptofeed_us=round(best["cryptofeed"], 2),
        of_the_floor=round(best["floor"] / best["ours"], 3),
        times_cryptofeed=round(best["cryptofeed"] / best["ours"], 2),
    )


async def _best(contenders: Mapping[str, Callable[[], Awaitable[None]]], items: int) -> dict[str, float]:
    """µs of this process an item, of each contender's best turn."""
    best = dict.fromkeys(contenders, float("inf"))
    for _ in range(_TURNS):
        for name, contender in contenders.items():
            began = time.process_time()
            await contender()
            best[name] = min(best[name], (time.process_time() - began) / items * 1e6)
    return best


class _Cryptofeed:
    """Its handler of Binance's frames, and what its backends do with a trade."""

    def __init__(self, recorded: Sequence[bytes], names: Mapping[str, str]) -> None:
        kinds = dict.fromkeys(names, "spot")
        Symbols.set(Binance.id, dict(names), {"symbols": list(names), "tick_size": {}, "instrument_type": kinds})
        changes = ((b'"e":"trade"', b'"e":"aggTrade"'), (b'"t":', b'"a":'), (b'@trade"', b'@aggTrade"'))
        self._frames = list(recorded)
        for old, new in changes:
            self._frames = [frame.replace(old, new) for frame in self._frames]
        self._feed = Binance(symbols=list(names), channels=[TRADES], callbacks={TRADES: self._serialise})
        self._made: list[bytes] = []

    async def run(self) -> None:
        """All frames once."""
        self._made.clear()
        for frame in self._frames:
            await self._feed.message_handler(frame, None, _RECEIVED / 1e6)
        assert len(self._made) == len(self._frames)

    async def _serialise(self, trade: Any, received: float) -> None:
        fields = trade.to_dict(numeric_type=str, none_to=None)
        fields["receipt_timestamp"] = received
        self._made.append(cryptofeed_json.dumpb(fields))


class FakeKinesis:
    """A client of Kinesis that answers in 10 ms and refuses each record with the chance `refuses`."""

    def __init__(self, refuses: float = 0.0) -> None:
        self.accepted: list[tuple[str, bytes]] = []
        self._refuses = refuses
        self._random = Random(1)  # noqa: S311

    async def put_records(self, *, Records: Sequence[Mapping[str, Any]], **_: object) -> dict[str, Any]:  # noqa: N803
        """As aiobotocore's."""
        await asyncio.sleep(_ANSWER_SECONDS)
        answers = []
        for record in Records:
            if self._random.random() < self._refuses:
                answers.append({"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded"})
            else:
                self.accepted.append((record["PartitionKey"], record["Data"]))
                answers.append({"SequenceNumber": "1", "ShardId": "shardId-000000000000"})
        return {"FailedRecordCount": sum("ErrorCode" in answer for answer in answers), "Records": answers}

    async def close(self) -> None:
        """As aiobotocore's."""


async def _writing() -> Writing:
    trades = [
        a_trade(number // len(_SYMBOLS), symbol=_SYMBOLS[number % len(_SYMBOLS)]) for number in range(_WRITER_TRADES)
    ]
    sys.stderr.write("bench: the writer\n")
    ours, kinesis = await _through_writer(trades, refuses=0.0)
    sys.stderr.write("bench: the writer, records refused\n")
    refused, _ = await _through_writer(trades, refuses=_REFUSED)
    sys.stderr.write("bench: async-kinesis\n")
    theirs = await _through_async_kinesis(trades)
    return Writing(
        trades=len(trades),
        ours=round(ours),
        ours_refused=round(refused),
        async_kinesis=round(theirs),
        times_async_kinesis=round(ours / theirs, 2),
        refused_share_of_ours=round(refused / ours, 2),
        records_a_trade=round(len(kinesis.accepted) / len(trades), 4),
    )


async def _through_writer(trades: Sequence[Trade], refuses: float) -> tuple[float, FakeKinesis]:
    kinesis = FakeKinesis(refuses)
    log = telemetry.logger("benchmark", "CRITICAL")
    queue: asyncio.Queue[Trade] = asyncio.Queue(5_000)

    async def feed() -> None:
        for trade in trades:
            await queue.put(trade)
        queue.shutdown()

    async with Writer(KinesisStream(kinesis, "stream"), Reachability("benchmark", log)) as writer:
        began = time.perf_counter()
        await asyncio.gather(feed(), writer.drain(queue))
        rate = len(trades) / (time.perf_counter() - began)
    _check([decode_trade(line) for _, payload in kinesis.accepted for line in unpack(payload)], trades)
    return rate, kinesis


async def _through_async_kinesis(trades: Sequence[Trade]) -> float:
    kinesis = FakeKinesis()
    rows = [(trade.symbol, msgspec.to_builtins(trade)) for trade in trades]
    producers = {symbol: _producer(kinesis) for symbol in _SYMBOLS}
    began = time.perf_counter()
    for symbol, row in rows:
        await producers[symbol].put(row, partition_key=symbol)
    await asyncio.gather(*(producer.flush() for producer in producers.values()))
    rate = len(trades) / (time.perf_counter() - began)
    for producer in producers.values():
        with suppress(asyncio.CancelledError):
            await producer.close()
    lines = [line for _, payload in kinesis.accepted for line in payload.splitlines()]
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
    for symbol in _SYMBOLS:
        ids = [trade.trade_id for trade in arrived if trade.symbol == symbol]
        assert ids == [trade.trade_id for trade in sent if trade.symbol == symbol], symbol
