"""An outage, after which the real poller, watermarks and detectors read what waits in a stream in memory.

The caller moves the processing time; nothing here reads a clock.
"""

import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec
from tenacity import wait_none

from coattail_common.ids import Market
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.observed import Bar
from coattail_detectors.kernel.watermark import Shard, Watermarks
from coattail_detectors.modules.spread_calculator.detector import SpreadDetector
from coattail_detectors.modules.volume_anomaly.detector import VolumeDetector
from coattail_testing.detectors import PROVENANCE, SECOND
from coattail_testing.kinesis_reading import MOST, ReadableStream
from stream_detectors.source.poller import KinesisPoller
from stream_detectors.source.positions import Positions, advance
from stream_detectors.source.records import StreamRecord
from stream_detectors.source.standing import Seen, StandingFile

BEGAN: Final = 1_767_225_600 * SECOND
"""When the outage began (UTC, µs)."""
MARKETS: Final = tuple(
    Market(exchange, f"{base}-{quote}")
    for exchange, quote in (("binance", "USDT"), ("coinbase", "USD"))
    for base in ("BTC", "ETH", "SOL", "ADA")
)
LATENESS: Final = 10 * SECOND
IDLE: Final = 5 * SECOND
EXCHANGES: Final = ("binance", "coinbase")
_RECORDS_A_CALL: Final = 50


class Tick(msgspec.Struct, frozen=True, array_like=True):
    """A trade of a market, by its index in `MARKETS`."""

    market: int
    trade_id: int
    time: int
    volume: int
    price: int


class FakeStream(ReadableStream):
    """Kinesis with a backlog in each shard. A shard answers with records only when it is `open`; `polled` are those read to the end."""

    def __init__(self, shards: Mapping[str, Sequence[Tick]]) -> None:
        super().__init__(*shards, records_a_call=_RECORDS_A_CALL)
        for shard, backlog in shards.items():
            for tick in backlog:
                self.put(shard, msgspec.json.encode(tick))
        self.open = {shard: threading.Event() for shard in shards}
        self.polled: set[str] = set()

    def get_records(self, *, ShardIterator: str, Limit: int = MOST) -> dict[str, Any]:  # noqa: N803  (boto3's names)
        """See `ReadableStream.get_records`."""
        shard = ShardIterator.partition("/")[0]
        self.open[shard].wait()
        answer = super().get_records(ShardIterator=ShardIterator, Limit=Limit)
        if not answer["MillisBehindLatest"]:
            self.polled.add(shard)
        return answer


def ticks(minutes: int, shards: int, *, spread_over: int = 4, a_second: int = 1) -> dict[str, list[Tick]]:
    """Return so many trades of each market a second, with spikes and divergences in them, by shard.

    The markets are spread over at most `spread_over` shards; 4 puts the two of an asset into one. What is left of the shards is empty.
    """
    draw = random.Random(7)  # noqa: S311  (chance, no secret)
    found: dict[str, list[Tick]] = {f"shard-{number}": [] for number in range(shards)}
    for one in range(minutes * 60 * a_second):
        second = one // a_second
        for number, market in enumerate(MARKETS):
            spike = market.symbol.startswith("ETH") and second % 1800 in range(270, 300)
            apart = 3 if market == MARKETS[2] and second % 1800 in range(180, 240) else 0
            time, volume = BEGAN + one * SECOND // a_second, draw.randint(5, 9) * (50 if spike else 1)
            tick = Tick(number, one + 1, time, volume, 100 + apart)
            found[f"shard-{number % spread_over % shards}"].append(tick)
    return found


def bars(found: Sequence[Tick]) -> tuple[Bar, ...]:
    """Return each tick as a bar of its own."""
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
        """Show both the ticks of a batch, and the watermarks after it."""
        for detector in (self.volume, self.spread):
            self.findings += detector.inspect(DetectorInput(bars=bars(found), watermarks=marks), 0)

    def rows(self) -> list[tuple[bytes, bytes]]:
        """Return what they found, rows and alerts, in an order of its own."""
        return sorted((msgspec.json.encode(one.row), msgspec.json.encode(one.alert)) for one in self.findings)

    @property
    def late(self) -> int:
        """How many trades came after their window had closed."""
        return self.volume.late + self.spread.late


def in_one_batch(shards: Mapping[str, Sequence[Tick]], marks: Mapping[str, int]) -> Detectors:
    """Return the detectors after one batch of everything."""
    detectors = Detectors()
    detectors.show([tick for part in shards.values() for tick in part], marks)
    return detectors


class Driver:
    """What the driver does with the poller: it takes, and a batch takes its time.

    `knows_standing` False: it does not look how far the poller is behind, and takes a shard that is silent for idle.
    """

    def __init__(self, stream: FakeStream, folder: Path, *, knows_standing: bool = True) -> None:
        self._knows_standing = knows_standing
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
        """Run one batch, during which so much processing time passes."""
        records = self.poller.take(5_000)
        found = [msgspec.json.decode(one.data, type=Tick) for one in records]
        self.now += seconds * SECOND
        times: dict[Shard, int] = {}
        for record, tick in zip(records, found, strict=True):
            shard = Shard(MARKETS[tick.market].exchange, record.shard_id)
            times[shard] = max(times.get(shard, 0), tick.time)
        self.positions = advance(self.positions, ((one.shard_id, one.sequence_number) for one in records))
        self.marks = self.watermarks.advance(times, self.now, self._until())
        self.detectors.show(found, self.marks)
        self.taken += len(records)
        return records

    def _until(self) -> Mapping[str, int | None] | None:
        if not self._knows_standing:
            return None
        until = self.seen.until(self.positions)
        return {"": None} if until is None else until


class Outage:
    """A backlog, and the driver that reads it."""

    def __init__(self, backlog: Mapping[str, Sequence[Tick]], stream: FakeStream, driver: Driver) -> None:
        self.backlog = backlog
        self.stream = stream
        self.driver = driver
        last = max(tick.time for part in backlog.values() for tick in part)
        self._last_marks = dict.fromkeys(EXCHANGES, last - LATENESS)

    def read_in_turn(self) -> None:
        """Read each shard only after the whole of the one before, in batches of 3 s: the last waits the longest."""
        total = 0
        for shard, part in self.backlog.items():
            self.stream.open[shard].set()
            total += len(part)
            while self.driver.taken < total:
                self.driver.batch(3)
        self._finish()

    def read_side_by_side(self) -> None:
        """Read all shards at once, in batches of 3 s: the threads decide which is ahead."""
        for one in self.stream.open.values():
            one.set()
        total = sum(map(len, self.backlog.values()))
        while self.driver.taken < total:
            self.driver.batch(3)
        self._finish()

    def _finish(self) -> None:
        while self.stream.polled != set(self.backlog) or self.driver.marks != self._last_marks:
            self.driver.batch(3)


@contextmanager
def outage(backlog: Mapping[str, Sequence[Tick]], folder: Path, *, knows_standing: bool = True) -> Iterator[Outage]:
    """The stream with this backlog and its driver, which keeps a file in `folder`. No shard is open yet."""
    stream = FakeStream(backlog)
    driver = Driver(stream, folder, knows_standing=knows_standing)
    try:
        yield Outage(backlog, stream, driver)
    finally:
        driver.poller.close()
        for one in stream.open.values():
            one.set()
        for thread in threading.enumerate():
            if thread.name in backlog:  # the poller's, which may be about to write its file
                thread.join()
