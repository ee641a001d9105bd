"""The main path: one stage after the other, each followed by a judgement. Read it top to bottom."""

import asyncio
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Final

from coattail_chaos import plan, small_disk
from coattail_chaos.errors import ChaosError
from coattail_chaos.faults import Fault, since, undone
from coattail_chaos.market_owner import strangers
from coattail_chaos.options import Options
from coattail_chaos.plan import Stage
from coattail_chaos.report import Peak, Report, StageReport
from coattail_chaos.scenarios import PLAYS
from coattail_chaos.settling import settle
from coattail_chaos.system import System, system
from coattail_chaos.verdict import MarketVerdict, judge, named
from coattail_harness import lock
from coattail_harness.processes import Say

_MOST_MEGABYTES: Final = 150.0
"""Of any process of a service: under a third of what its task has."""
_TOLD_EVERY_SECONDS: Final = 5.0
_RESUMES: Final = "sending what is in the spool"
"""What a writer logs that finds something in its spool."""


async def run(options: Options, say: Say) -> Report:
    """Break what can be broken and say what became of the trades. Raises `ChaosError` when it cannot be carried out."""
    began = time.monotonic()
    folder = state_folder(options)
    stages = plan.quick(options.only) if options.quick else plan.long(options.seconds, options.only)
    random = Random(options.seed)  # noqa: S311  (chance, no secret)
    with alone(folder):
        skipped: list[str] = []
        if not small_disk.possible(folder / "disk"):
            stages = plan.without_small_disk(stages)
            skipped.append("disk-full (spool-full is): this machine lets nobody mount a disk in a namespace of its own")
        say("starting simulator, connectors and writers")
        async with system(options, folder, random) as running:
            reports: list[StageReport] = []
            for stage in stages:
                await _restore(running)
                reports.append(await _stage(running, stage, random, options.patience, say))
            sent = await running.exchange.sent()
        markets = judge(sent, running.landing.markets)
    faults = running.tally.copy()
    memory = {name: Peak(peak, _MOST_MEGABYTES) for name, peak in running.memory.peaks.items()}
    writers = {writer.service.name: writer.tally for writer in running.writers}
    problems = (*_problems(running, markets, memory), *undone(plan.expected(stages), running.tally, writers))
    return Report(
        passed=not problems,
        problems=problems,
        skipped=tuple(skipped),
        seed=options.seed,
        rate=options.trades_a_second,
        seconds=round(time.monotonic() - began, 1),
        kinesis=options.kinesis or "in memory",
        faults=faults,
        by_service=running.faults,
        held={name: tuple(map(named, markets)) for name, markets in running.held.items()},
        sent=sum(one.sent for one in markets),
        landed=sum(one.landed for one in markets),
        missing=sum(one.missing for one in markets),
        doubled=sum(one.doubled for one in markets),
        out_of_order=sum(one.out_of_order for one in markets),
        filled_late=sum(one.filled_late for one in markets),
        records=running.landing.records,
        repeated=sum(one.repeated for one in markets),
        spool_bytes_lost=sum(writer.disk.bytes_lost for writer in running.writers),
        spools_resumed=sum(writer.service.said[_RESUMES] for writer in running.writers),
        stages=tuple(reports),
        markets=markets,
        memory=memory,
        starts={service.name: service.starts for service in running.services},
    )


async def _stage(running: System, stage: Stage, random: Random, patience: float, say: Say) -> StageReport:
    """Carry a stage out, heal, wait, and judge."""
    name = plan.title(stage)
    before, began = running.tally.copy(), time.monotonic()
    say(name)
    await running.exchange.start()
    telling = asyncio.create_task(_tell(running, name, say))
    try:
        async with asyncio.TaskGroup() as group:
            for dose in stage:
                own = Random(f"{random.random()} {dose.name}")  # noqa: S311  (chance, no secret)
                group.create_task(PLAYS[dose.name](running, dose, own))
        await running.heal()
        healed = time.monotonic()
        sent = await settle(running, patience)
    finally:
        telling.cancel()
    settled = time.monotonic()
    verdicts = judge(sent, running.landing.markets)
    made = StageReport(
        name=name,
        seconds=round(healed - began, 1),
        settled_seconds=round(settled - healed, 1),
        faults=since(before, running.tally.copy()),
        sent=sum(one.sent for one in verdicts),
        landed=sum(one.landed for one in verdicts),
        missing=sum(one.missing for one in verdicts),
        doubled=sum(one.doubled for one in verdicts),
        out_of_order=sum(one.out_of_order for one in verdicts),
    )
    say(f"{name}: {_counts(made.faults)}; {made.missing:,} missing, {made.doubled:,} doubled of {made.sent:,} trades")
    return made


async def _restore(running: System) -> None:
    """Run the services as at the beginning, where a scenario had them run otherwise."""
    changed = running.services
    if running.setup.clock is None:
        changed = tuple(writer.service for writer in running.writers)
    if running.setup.changed:
        running.setup.heal()
        await asyncio.gather(*(service.replace() for service in changed))


async def _tell(running: System, name: str, say: Say) -> None:
    before = running.tally.copy()
    while True:
        await asyncio.sleep(_TOLD_EVERY_SECONDS)
        landed = sum(landing.rows for landing in running.landing.markets.values())
        say(f"{name}: {_counts(since(before, running.tally.copy()))}; {landed:,} trades landed")


def _problems(running: System, markets: Sequence[MarketVerdict], memory: Mapping[str, Peak]) -> Iterator[str]:
    for market in markets:
        yield from market.problems
    for name, peak in memory.items():
        if peak.megabytes > peak.limit:
            yield f"{name} had {peak.megabytes:,.0f} MB of memory, and may have {peak.limit:,.0f}"
    for service in running.services:
        yield from service.crashes
    for writer in running.writers:
        yield from strangers(writer.service.name, running.held[writer.service.name], writer.owned.markets)


def _counts(faults: Mapping[Fault, int]) -> str:
    return ", ".join(f"{fault} {count:,}" for fault, count in faults.items()) or "no fault yet"


def state_folder(options: Options) -> Path:
    """Where logs and whatever a run leaves are."""
    return (options.state or Path(__file__).resolve().parents[4] / ".local" / "chaos").absolute()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """The state folder, empty and held. Raises `ChaosError` while another run holds it."""
    taken = ChaosError(f"another run is under way in {folder}; end it, or give this one a --state")
    with lock.alone(folder / "lock", taken):
        for name in ("logs", "cursors", "spool", "disk", "warehouse", "seals", "scratch"):
            shutil.rmtree(folder / name, ignore_errors=True)
        (folder / "logs").mkdir()
        yield
