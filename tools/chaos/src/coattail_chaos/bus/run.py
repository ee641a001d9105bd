"""The main path: trades flow, the bus has one outage after the other, and in the end the tables are held against what was put."""

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from coattail_chaos import child
from coattail_chaos.bus import cloud, outages
from coattail_chaos.bus.application import STARTED, Place, application
from coattail_chaos.bus.event_bus import EventBus
from coattail_chaos.bus.feed import SHARDS, Feed
from coattail_chaos.bus.outages import Outage
from coattail_chaos.bus.report import BusReport, OutageReport
from coattail_chaos.bus.verdict import judge
from coattail_chaos.contents import Contents
from coattail_chaos.errors import ChaosError
from coattail_chaos.spark import DATABASE, environment
from coattail_chaos.supervisor import Service
from coattail_common.ids import IdRange, Market, Ranges, merge
from coattail_common.lines import decode_trade, unpack
from coattail_harness.processes import Say, kept
from coattail_harness.waiting import until
from coattail_testing.kinesis_reading import ReadableStream

_UP_SECONDS: Final = 600.0
"""A busy machine needs minutes to start Spark."""
_OF_A_BUSY_MACHINE: Final = "Python worker failed to connect back"
"""Spark ends a query when a process of Python needs more than ten seconds to start. No setting changes that, and no bus causes it."""
_READ_SECONDS: Final = 600.0
_QUIET_SECONDS: Final = 10.0
"""Longer than the application waits for anything before it raises what it will raise."""
_WELL_SECONDS: Final = 5.0
_TOLD_EVERY_SECONDS: Final = 15.0


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a run, by the same names. Times in seconds."""

    seed: int
    rate: float
    outages: int
    longest: float
    lasting: float
    kills: int
    patience: float


class _Run:
    """What runs."""

    def __init__(self, wishes: Wishes, folder: Path) -> None:
        self.stream, self.bus, self.place = ReadableStream(*SHARDS), EventBus(), Place(folder)
        self.random = Random(wishes.seed)  # noqa: S311  (chance, no secret)
        self.feed = Feed(self.stream, wishes.rate, Random(wishes.seed))  # noqa: S311


async def run(wishes: Wishes, folder: Path, say: Say) -> BusReport:
    """Break the bus and say what became of trades and alerts. Raises `ChaosError` when it cannot be carried out."""
    began = time.monotonic()
    running = _Run(wishes, folder)
    plan = outages.drawn(
        running.random, count=wishes.outages, longest=wishes.longest, lasting=wishes.lasting, kills=wishes.kills
    )
    say(f"{len(plan)} outages of {sum(one.seconds for one in plan):.0f} s in all; starting the Spark application")
    async with (
        cloud.serving(running.stream, running.bus) as port,
        asyncio.TaskGroup() as group,
        kept(application(running.place, port), group) as service,
    ):
        feeding = group.create_task(running.feed.run())
        telling = group.create_task(_tell(running, say))
        await _works(running, service)
        reports = [
            await _outage(running, service, one, f"outage {number} of {len(plan)}", say)
            for number, one in enumerate(plan, 1)
        ]
        await asyncio.sleep(_WELL_SECONDS)
        feeding.cancel()
        say("no more trades; waiting until everything has landed, and the bus has every alert")
        await _settle(running, service, wishes.patience)
        telling.cancel()
    say("the application has ended; reading the tables")
    contents = await _contents(running.place)
    own = _own(service.crashes)
    verdict = judge(running.feed.sent(), running.feed.whales, running.bus.alerts, contents, _unread(running))
    problems = (
        *verdict.problems,
        *own,
        *(f"the bus got {count:,} events of {kind}" for kind, count in running.bus.others.items()),
    )
    return BusReport(
        passed=not problems,
        problems=problems,
        seed=wishes.seed,
        rate=wishes.rate,
        seconds=round(time.monotonic() - began, 1),
        outages=tuple(reports),
        kills=sum(one.killed for one in reports),
        spark_gave_up=len(service.crashes) - len(own),
        landings=contents.landings,
        repeated=running.feed.repeated,
        calls=running.bus.calls,
        verdict=verdict,
    )


async def _works(running: _Run, service: Service) -> None:
    """Return when the first alert is on the bus and the first landing is sealed."""
    await until(
        lambda: bool(running.bus.alerts and running.place.sealed()) or bool(_own(service.crashes)),
        f"the application sends its first alert; its log is {running.place.log}",
        _UP_SECONDS,
    )
    for crash in _own(service.crashes):
        raise ChaosError(f"{crash}; its log is {running.place.log}")


async def _outage(running: _Run, service: Service, outage: Outage, name: str, say: Say) -> OutageReport:
    """Let the bus be well for a while, and then not. The outage lasts until a call has met it, and one of the next life after a kill."""
    await asyncio.sleep(outage.after)
    began, met, alerts = time.monotonic(), running.bus.met[outage.kind], running.bus.alerts.total()
    running.bus.begin(outage.kind)
    if outage.kills:
        before = running.random.uniform(0.1, 0.9) * outage.seconds
        await asyncio.sleep(before)
        starts = service.said[STARTED]
        await until(lambda: running.bus.met[outage.kind] > met, "the application meets the outage", _UP_SECONDS)
        service.kill()
        await until(lambda: service.said[STARTED] > starts, "the killed application starts", _UP_SECONDS)
        again = running.bus.met[outage.kind]
        await until(lambda: running.bus.met[outage.kind] > again, "the next life meets the outage", _UP_SECONDS)
    await asyncio.sleep(max(0.0, outage.seconds - (time.monotonic() - began)))
    await until(lambda: running.bus.met[outage.kind] > met, "the application meets the outage", _UP_SECONDS)
    running.bus.end()
    made = OutageReport(
        kind=outage.kind,
        seconds=round(time.monotonic() - began, 1),
        calls=running.bus.met[outage.kind] - met,
        taken=running.bus.alerts.total() - alerts,
        killed=outage.kills,
    )
    killed = "; the application was killed" if outage.kills else ""
    say(f"{name}: {made.kind} for {made.seconds:.0f} s, met by {made.calls} calls{killed}")
    return made


async def _settle(running: _Run, service: Service, patience: float) -> None:
    """Return when everything put is sealed and on the bus. Raises nothing: what is not there after `patience` s without progress is
    missing, and the verdict says so. An application that is starting is given its time."""

    def progress() -> tuple[object, ...]:
        return running.place.sealed(), running.bus.alerts.total()

    seen, since = progress(), time.monotonic()
    while time.monotonic() - since < (_QUIET_SECONDS if _is_done(running) else _within(service, patience)):
        await asyncio.sleep(0.2)
        now = progress()
        if now != seen:
            seen, since = now, time.monotonic()


def _own(crashes: Sequence[str]) -> list[str]:
    """The crashes that the machine is not to blame for."""
    return [crash for crash in crashes if _OF_A_BUSY_MACHINE not in crash]


def _within(service: Service, patience: float) -> float:
    return patience if service.said[STARTED] == service.starts else max(patience, _UP_SECONDS)


def _is_done(running: _Run) -> bool:
    return running.place.sealed() == running.stream.ends and running.feed.whales.keys() <= running.bus.alerts.keys()


def _unread(running: _Run) -> dict[Market, Ranges]:
    """The trades in the records behind the newest checkpoint."""
    sealed = running.place.sealed()
    found: defaultdict[Market, list[IdRange]] = defaultdict(list)
    for shard in running.stream.ends:
        for record in running.stream.records(shard)[sealed.get(shard, 0) :]:
            trades = [decode_trade(line) for line in unpack(record)]
            market = Market(trades[0].exchange, trades[0].symbol)
            found[market].append(IdRange(trades[0].trade_id, trades[-1].trade_id))
    return {market: merge(ranges) for market, ranges in found.items()}


async def _contents(place: Place) -> Contents:
    words: Sequence[str] = (sys.executable, "-m", "coattail_chaos.contents", str(place.warehouse), DATABASE)
    ended = await child.run(words, environment(place.scratch), place.log, _READ_SECONDS)
    if ended.code:
        raise ChaosError(f"the tables cannot be read: exit status {ended.code}; the log is {place.log}")
    return msgspec.json.decode(ended.said, type=Contents)


async def _tell(running: _Run, say: Say) -> None:
    while True:
        await asyncio.sleep(_TOLD_EVERY_SECONDS)
        sealed, ends = running.place.sealed(), running.stream.ends
        waiting = sum(ends.values()) - sum(sealed.values())
        say(
            f"{running.feed.put:,} trades put, {waiting:,} records not landed yet; "
            f"{len(running.feed.whales):,} whales, {len(running.bus.alerts):,} alerts on the bus"
        )
