"""Writes what a version keeps: run with that version's packages on the path, not this one's. `written_by_0_3_0` is 36361d5's.

`PYTHONPATH=OLD/libs/common/src:OLD/services/kinesis-writer/src:… python tests/compatibility/write.py FOLDER`
"""

import asyncio
import sys
from decimal import Decimal
from pathlib import Path

import msgspec
from aws_lambda_powertools import Logger
from coattail_common.cursors.files import FileCursors
from coattail_common.link import LineBatch
from dq_lambda.zone import letters
from kinesis_writer.spool.shelf import Shelf
from stream_detectors.detectors import registry
from stream_detectors.features import Features
from stream_detectors.news import News
from stream_detectors.ranges import IdRange, Market
from stream_detectors.seal import MarketIds, Seal, SealStore
from stream_detectors.watermark import Watermarks

from coattail_common.contracts import Reject
from kinesis_writer.spool.folder import Folder
from kinesis_writer.spool.frames import encode
from kinesis_writer.spool.segment import Holding
from stream_detectors.bars import Bar
from stream_detectors.observation import Fill, MarketFills

BEGAN = 1_767_225_600_000_000
SECOND = 1_000_000
NAMES = ("volume-anomaly", "whale-detector", "spread-calculator")


def main(folder: Path) -> None:
    """Write a spool, cursors, dead letters and a seal with the states of all modules."""
    (folder / "spool").mkdir(parents=True)
    asyncio.run(spool(folder / "spool"))
    asyncio.run(FileCursors(folder / "cursors", "binance").advance({"BTC-USDT": 3735683259, "ETH-USDT": 7}))
    for letter in letters(rejects()):
        (path := folder / "dead_letters" / letter.key).parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(letter.body)
    name = SealStore.at(str(folder), "us-west-2", None).put(seal())
    (folder / "seals" / name).rename(folder / "seals" / "00000000000000000007-written0.json")


async def spool(folder: Path) -> None:
    """Two batches of one market and one of another."""
    batches = [
        LineBatch("binance", "BTC-USDT", 2, b'{"trade_id":1}\n{"trade_id":2}'),
        LineBatch("kraken", "BTC-USD", 1, b'{"trade_id":9}'),
        LineBatch("binance", "BTC-USDT", 1, b'{"trade_id":3}'),
    ]
    shelf = Shelf(Folder(folder), max_bytes=10_000, segment_bytes=120, log=Logger(service="spool"))
    for batch in batches:
        await shelf.write([Holding(batch, None, 1.5)], [encode(batch, 1.5)])
    shelf.close()


def rejects() -> list[Reject]:
    """Two lines of one record, for two reasons."""
    said = {"shard_id": "shardId-000000000000", "sequence_number": "49", "arrived_at": BEGAN, "rejected_at": BEGAN + 5}
    return [
        Reject(reason="malformed", rule="malformed.not_json", line=b"\xff\x00", line_number=0, **said),
        Reject(reason="invalid", rule="invalid.price", line=b'{"price":"-1"}', line_number=3, **said),
    ]


def seal() -> Seal:
    """What the application knew in the middle of a window, a sweep and a pair of exchanges."""
    detectors = registry.enabled(Features(), NAMES)
    for news in first_half():
        for detector in detectors:
            detector.inspect(news, BEGAN)
    return Seal(
        sealed_at=BEGAN + 7,
        positions={"shardId-000000000000": "49", "shardId-000000000001": "50"},
        landed=(MarketIds(Market("binance", "BTC-USDT"), (IdRange(1, 700), IdRange(702, 900))),),
        modules={one.module.module_id: msgspec.Raw(one.state()) for one in detectors},
        watermarks=Watermarks(10 * SECOND, 5 * SECOND).state(),
    )


def first_half() -> list[News]:
    """Fifteen quiet minutes of two exchanges, half of the next one, and the beginning of a sweep."""
    quiet = [bar(minute * 60, exchange) for minute in range(15) for exchange in ("binance", "coinbase")]
    half = [bar(900, exchange, volume="40") for exchange in ("binance", "coinbase")]
    reached = {"binance": BEGAN + 910 * SECOND, "coinbase": BEGAN + 905 * SECOND}
    return [News(bars=tuple(quiet)), News(bars=tuple(half), watermarks=reached), News(fills=(fills(701, 702),))]


def bar(second: int, exchange: str, volume: str = "10") -> Bar:
    """A bar of ten trades."""
    symbol, price = ("BTC-USDT", "100") if exchange == "binance" else ("BTC-USD", "101")
    return Bar(
        market=Market(exchange, symbol),
        start=BEGAN + second * SECOND,
        trades=10,
        volume=Decimal(volume),
        amount=Decimal(volume) * Decimal(price),
        first_trade_id=1 + second // 6,
        last_trade_id=10 + second // 6,
        newest=BEGAN + second * SECOND,
    )


def fills(first: int, last: int) -> MarketFills:
    """Fills of 60,000 US dollars each in one millisecond."""
    return MarketFills(
        Market("binance", "BTC-USDT"),
        "USDT",
        tuple(
            Fill(
                trade_id=number,
                side="buy",
                timestamp=BEGAN + 912 * SECOND,
                price=Decimal(100),
                quantity=Decimal(600),
                amount=Decimal(60_000),
            )
            for number in range(first, last + 1)
        ),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
