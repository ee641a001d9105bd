"""After an outage the shards are read side by side, one far behind another: no trade is late for that, and no window is wrong.

The real poller, watermarks and detectors, over a stream in memory; processing time is moved by the test.
"""

import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tenacity import wait_none

from stream_detectors.bars import Bar
from stream_detectors.detectors.base import Finding
from stream_detectors.detectors.spread import SpreadDetector
from stream_detectors.detectors.testing import PROVENANCE, SECOND
from stream_detectors.detectors.volume import VolumeDetector
from stream_detectors.features import Features
from stream_detectors.news import News
from stream_detectors.ranges import Market
from stream_detectors.source.poller import KinesisPoller
from stream_detectors.source.positions import Positions, advance
from stream_detectors.source.records import StreamRecord
from stream_detectors.source.standing import Seen, StandingFile
from stream_detectors.watermark import Shard, Watermarks

BEGAN = 1_767_225_600 * SECOND
MARKETS = [
    Market(exchange, f"{base}-{quote}")
    for exchange, quote in (("binance", "USDT"), ("coinbase", "USD"))
    for base in ("BTC", "ETH", "SOL", "ADA")
]
LATENESS, IDLE = 10 * SECOND, 5 * SECOND


class Tick(msgspec.Struct, frozen=True, array_like=True):
    """A trade of a market, by its index in `MARKETS`."""

    market: int
    trade_id: int
    time: int
    volume: int
    price: int


class FakeStream:
    """Kinesis with a backlog in each shard. A shard answers with records only when it is `open`."""

    def __init__(self, shards: Mapping[str, Sequence[Tick]]) -> None:
        self._ticks = shards
        self.open = {shard: threading.Event() for shard in shards}
        self.polled: set[str] = set()

    def list_shards(self, **_: str) -> dict[str, Any]:
        return {"Shards": [{"ShardId": shard} for shard in self._ticks]}

    def get_shard_iterator(self, *, ShardId: str, **_: str) -> dict[str, str]:  # noqa: N803  (boto3's names)
        return {"ShardIterator": f"{ShardId}/0"}

    def get_records(self, *, ShardIterator: str, Limit: int) -> dict[str, Any]:  # noqa: N803, ARG002
        shard, _, at = ShardIterator.partition("/")
        self.open[shard].wait()
        first, ticks = int(at), self._ticks[shard]
        part = ticks[first : first + 50]
        left = len(ticks) - first - len(part)
        self.polled |= set() if left else {shard}
        records = [
            {
                "Data": msgspec.json.encode(tick),
                "PartitionKey": "any",
                "SequenceNumber": str(first + number + 1),
                "ApproximateArrivalTimestamp": datetime(2026, 1, 1, tzinfo=UTC),
            }
            for number, tick in enumerate(part)
        ]
        return {
            "Records": records,
            "MillisBehindLatest": left * 100,
            "NextShardIterator": f"{shard}/{first + len(part)}",
        }


def ticks(minutes: int, shards: int) -> dict[str, list[Tick]]:
    """A trade of each market a second, on the shard of its symbol, with a spike and a divergence in them."""
    draw = random.Random(7)
    found: dict[str, list[Tick]] = {f"shard-{number}": [] for number in range(shards)}
    for second in range(minutes * 60):
        for number, market in enumerate(MARKETS):
            spike = market.symbol.startswith("ETH") and second % 1800 in range(270, 300)
            apart = 3 if market == MARKETS[2] and second % 1800 in range(180, 240) else 0
            tick = Tick(
                number, second + 1, BEGAN + second * SECOND, draw.randint(5, 9) * (50 if spike else 1), 100 + apart
            )
            found[f"shard-{number % 4 % shards}"].append(tick)
    return found


def bars(found: Sequence[Tick]) -> tuple[Bar, ...]:
    return tuple(
        Bar(
            market=MARKETS[tick.market],
            start=tick.time - tick.time % (30 * SECOND),
            trades=1,
            volume=Decimal(tick.volume),
            amount=Decimal(tick.volume * tick.price),
            first_trade_id=tick.trade_id,
            last_trade_id=tick.trade_id,
            newest=tick.time,
        )
        for tick in found
    )


class Detectors:
    """Volume and spread."""

    def __init__(self) -> None:
        features = Features()
        self.volume, self.spread = VolumeDetector(features, PROVENANCE), SpreadDetector(features, PROVENANCE)
        self.findings: list[Finding] = []

    def show(self, found: Sequence[Tick], marks: Mapping[str, int]) -> None:
        for detector in (self.volume, self.spread):
            self.findings += detector.inspect(News(bars=bars(found), watermarks=marks), 0)

    def rows(self) -> list[object]:
        return sorted((msgspec.json.encode(one.row), msgspec.json.encode(one.alert)) for one in self.findings)

    @property
    def late(self) -> int:
        return self.volume.late + self.spread.late


def in_one_batch(shards: Mapping[str, Sequence[Tick]], marks: Mapping[str, int]) -> Detectors:
    detectors = Detectors()
    detectors.show([tick for part in shards.values() for tick in part], marks)
    return detectors


class Driver:
    """What the driver does with the poller: it takes, and a batch takes its time."""

    def __init__(self, stream: FakeStream, folder: Path) -> None:
        self.now = BEGAN + 10 * 3600 * SECOND
        file = StandingFile(folder / "standing.json")
        self.poller = KinesisPoller(
            stream,
            "trades",
            {},
            poll_seconds=0.001,
            buffer_bytes=20_000,
            now=lambda: self.now,
            standing=file,
            wait=wait_none(),
        )
        self.seen, self.watermarks, self.detectors = Seen(file), Watermarks(LATENESS, IDLE), Detectors()
        self.positions: Positions = {}
        self.taken = 0
        self.marks: Mapping[str, int] = {}

    def batch(self, seconds: int) -> Sequence[StreamRecord]:
        """One batch, during which so much processing time passes."""
        records = self.poller.take(5_000)
        found = [msgspec.json.decode(one.data, type=Tick) for one in records]
        self.now += seconds * SECOND
        times: dict[Shard, int] = {}
        for record, tick in zip(records, found, strict=True):
            shard = Shard(MARKETS[tick.market].exchange, record.shard_id)
            times[shard] = max(times.get(shard, 0), tick.time)
        self.positions = advance(self.positions, ((one.shard_id, one.sequence_number) for one in records))
        until = self.seen.until(self.positions)
        self.marks = self.watermarks.advance(times, self.now, {"": None} if until is None else until)
        self.detectors.show(found, self.marks)
        self.taken += len(records)
        return records


@pytest.fixture
def driven(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Driver, dict[str, list[Tick]], FakeStream]]:
    minutes, shards = request.param
    backlog = ticks(minutes, shards)
    stream = FakeStream(backlog)
    driver = Driver(stream, tmp_path)
    yield driver, backlog, stream
    driver.poller.close()
    for one in stream.open.values():
        one.set()


@pytest.mark.parametrize("driven", [(6, 1), (6, 2), (6, 4), (15, 4), (6, 8)], indirect=True, ids=str)
def test_shards_that_wait_behind_others_are_not_late(
    driven: tuple[Driver, dict[str, list[Tick]], FakeStream],
) -> None:
    """Each shard's backlog is read only after that of the one before, minutes of processing time later. 0 trades are late, and windows,
    spread rows and alerts equal one batch over the same trades."""
    driver, backlog, stream = driven
    total = 0
    for shard, part in backlog.items():
        stream.open[shard].set()
        total += len(part)
        while driver.taken < total:
            driver.batch(3)
    while stream.polled != set(backlog) or driver.marks != {
        exchange: BEGAN + (len(backlog["shard-0"]) // _a_second(backlog) - 1) * SECOND - LATENESS
        for exchange in ("binance", "coinbase")
    }:
        driver.batch(3)

    assert driver.detectors.late == 0
    expected = in_one_batch(backlog, driver.marks).rows()
    assert set(driver.detectors.rows()) ^ set(expected) == set()
    assert len(driver.detectors.rows()) == len(expected)
    assert {one.alert.alert_type for one in driver.detectors.findings if one.alert} >= {"spread_divergence"}


def _a_second(backlog: Mapping[str, Sequence[Tick]]) -> int:
    first = backlog["shard-0"][0].time
    return sum(tick.time == first for tick in backlog["shard-0"])


@pytest.mark.parametrize("driven", [(1, 2)], indirect=True, ids=str)
def test_an_exchange_that_falls_silent_is_not_waited_for(
    driven: tuple[Driver, dict[str, list[Tick]], FakeStream],
) -> None:
    """Once everything is read, an idle shard holds up nothing: the seconds of `idle` pass, as before."""
    driver, backlog, stream = driven
    for one in stream.open.values():
        one.set()
    total = sum(map(len, backlog.values()))
    while driver.taken < total:
        driver.batch(1)
    silent_since = driver.now
    while driver.marks.get("binance") != BEGAN + 59 * SECOND - LATENESS:
        driver.batch(1)
        assert driver.now - silent_since < 60 * SECOND
