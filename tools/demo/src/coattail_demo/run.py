"""The main path of the demo, from nothing to the proof. Read it top to bottom."""

import asyncio
import contextlib
import os
import platform
from typing import Final

from coattail_demo import report
from coattail_demo.errors import ConfigurationError
from coattail_demo.foundation import Foundation, foundation
from coattail_demo.gathering import Witnesses
from coattail_demo.layout import Layout
from coattail_demo.monitor import Monitor, monitored
from coattail_demo.options import Options
from coattail_demo.prerequisites import require_all
from coattail_demo.proof import judge
from coattail_demo.readiness import POLL_SECONDS, ready
from coattail_demo.report import Circumstances, Config, Report
from coattail_demo.screen import Screen
from coattail_demo.settling import settle
from coattail_demo.system import System, system
from coattail_demo.tables import Tables
from coattail_harness.lock import alone
from coattail_harness.waiting import until

_FIRST_ALERT_SECONDS: Final = 15.0
"""Where there is none: a quiet recording, or the real exchanges on a quiet day."""


async def demonstrate(options: Options, layout: Layout, screen: Screen, began: float) -> Report:
    """Run Coat Tail on this machine, let trades flow, and prove from its tables what became of them.

    `began` is when the user started waiting (epoch seconds). Raises `DemoError` when it cannot be brought up, or a
    process ends for good; whatever happens, everything that was started is ended.
    """
    java = require_all(layout, os.environ)
    taken = ConfigurationError(
        f"another demo is running in {layout.state}; end it, or give this one a folder with --state"
    )
    with alone(layout.lock, taken):
        async with foundation(options, layout, screen.say) as base:
            simulator = base.exchange.client if base.exchange is not None else None
            witnesses = Witnesses(
                simulator,
                Tables(base.endpoint),
                base.tap,
                knows_truth=options.generates,
                features=base.features,
                kept=base.kept,
            )
            async with system(base, screen.say) as running, monitored(running, witnesses, screen, began) as monitor:
                witnesses.spark = running.job.spark_state
                await ready(running)
                screen.say("everything is ready; trades flow")
                rest = base.group.create_task(deploy_rest(base, monitor))
                await let_trades_flow(running, monitor)
                await rest
                monitor.phase = "waiting until the tables hold it all"
                screen.say("no more trades; waiting until the tables hold what was sent")
                quiet = options.landing_seconds + 5 if options.live else 0
                await settle(witnesses, patience=options.patience, quiet=quiet)
            # Nothing runs any more: what the tables hold now is what they were left with.
            screen.say("all services have ended; reading the tables")
            evidence = await witnesses.last_evidence()
    run = Circumstances(
        first_alert_seconds=monitor.first_alert_seconds,
        rss_mb=running.memory.peaks,
        restarts=_restarts(running),
        config=_config(options, base),
        versions=report.versions(java, platform.python_version(), sorted(layout.jars.glob("*.jar"))),
    )
    return report.build(evidence, judge(evidence), run)


async def deploy_rest(base: Foundation, monitor: Monitor) -> None:
    """Deploy the stacks that neither Spark nor the writer needs: after the first alert, which they would only delay."""

    async def seen() -> bool:
        return monitor.first_alert_seconds is not None

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_FIRST_ALERT_SECONDS):
            await until(seen, every=POLL_SECONDS)
    await base.cloud.deploy_rest()


async def let_trades_flow(running: System, monitor: Monitor) -> None:
    """Until the simulator has played all that it was given; on the real exchanges, until the time is over."""
    exchange, options = running.foundation.exchange, running.foundation.options
    monitor.phase = "trades flow"
    if exchange is None:
        await asyncio.sleep(options.duration or 0)
        # The exchanges do not stop for us: the connectors do, when all they have read is accepted.
        await asyncio.gather(*(one.service.stop() for one in running.connectors))
        return
    client = exchange.client

    async def finished() -> bool:
        return (await client.status()).finished

    await client.start()
    await until(finished, every=POLL_SECONDS)
    await client.stop()


def _restarts(running: System) -> dict[str, int]:
    every = (running.writer, *running.connectors)
    return {one.service.name: one.service.restarts for one in every}


def _config(options: Options, base: Foundation) -> Config:
    source = "live" if options.live else f"replay of {options.exchange}" if options.replay else "generated"
    recordings = " ".join(path.name for path in options.replay)
    return Config(
        source=f"{source}: {recordings}" if recordings else source,
        seconds=options.duration,
        seed=options.seed,
        rate=options.rate,
        scenario=(options.scenario or base.layout.demo_scenario).name if options.generates else None,
        speed=options.speed if options.replay else None,
        landing_seconds=options.landing_seconds,
        features_file=base.features_file.name,
        features=base.features,
    )
