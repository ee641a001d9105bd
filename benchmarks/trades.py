"""Made-up records of the stream for benchmarks: packed as the writer packs them, the same from the same seed."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from coattail_common.contracts import Side, Trade
from coattail_common.lines import encode_trade, pack
from coattail_testing.records import a_trade as a_trade_of
from stream_detectors.source.kinesis import to_arrow
from stream_detectors.source.records import StreamRecord

BASES: Final = ("BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "AVAX", "LINK", "DOT", "LTC")
MARKETS: Final = (
    *(("binance", base, "USDT") for base in BASES),
    *(("coinbase", base, "USD") for base in BASES),
)
TRADES_A_RECORD: Final = 50
RECORDS_A_FILE: Final = 2_000
_MOMENT: Final = 1_767_225_600_000_000


def write(folder: Path, trades: int, seed: int = 1) -> None:
    """Write `trades` trades of twenty markets on two exchanges as records, in Parquet files with the columns of the source."""
    folder.mkdir(parents=True, exist_ok=True)
    chunk: list[StreamRecord] = []
    number = 0
    for record in records(trades, seed):
        chunk.append(record)
        if len(chunk) == RECORDS_A_FILE:
            _write(folder, number, chunk)
            number, chunk = number + 1, []
    if chunk:
        _write(folder, number, chunk)


def _write(folder: Path, number: int, records: list[StreamRecord]) -> None:
    pq.write_table(pa.Table.from_batches(to_arrow(records)), folder / f"{number:06d}.parquet")


def records(trades: int, seed: int = 1) -> Iterator[StreamRecord]:
    """Yield the records of so many trades."""
    draw = random.Random(seed)  # noqa: S311  (made-up trades, not secrets)
    waiting: dict[int, list[bytes]] = {market: [] for market in range(len(MARKETS))}
    next_id = dict.fromkeys(waiting, 1_000_000)
    moment, sequence = _MOMENT, 0
    for _ in range(trades):
        market = draw.randrange(len(MARKETS))
        moment += draw.randrange(3) * 1000
        waiting[market].append(encode_trade(_trade(market, next_id[market], moment, draw)))
        next_id[market] += 1
        if len(waiting[market]) == TRADES_A_RECORD:
            sequence += 1
            yield _record(market, sequence, waiting[market])
            waiting[market] = []
    for market, lines in waiting.items():
        if lines:
            sequence += 1
            yield _record(market, sequence, lines)


def _record(market: int, sequence: int, lines: list[bytes]) -> StreamRecord:
    _, base, quote = MARKETS[market]
    shard = f"shardId-{market % 4:012d}"
    return StreamRecord(pack(lines), f"{base}-{quote}", str(10**20 + sequence), shard, datetime.now(UTC))


def _trade(market: int, trade_id: int, moment: int, draw: random.Random) -> Trade:
    price = Decimal(draw.randrange(10**9, 6 * 10**9)).scaleb(-5)
    quantity = (
        Decimal(draw.randrange(10, 100)) if draw.random() < 0.0002 else Decimal(draw.randrange(1, 10**6)).scaleb(-6)
    )
    return a_trade(market, trade_id, moment, price, quantity, Side.BUY if draw.random() < 0.5 else Side.SELL)


def a_trade(market: int, trade_id: int, moment: int, price: Decimal, quantity: Decimal, side: Side) -> Trade:
    """A trade of one of `MARKETS`, by its number, that happened at `moment` (µs) and was received 5 ms later."""
    exchange, base, quote = MARKETS[market]
    return a_trade_of(
        trade_id,
        exchange=exchange,
        symbol=f"{base}-{quote}",
        price=f"{price:f}",
        quantity=f"{quantity:f}",
        side=side,
        timestamp=moment,
        delay=5_000,
    )
