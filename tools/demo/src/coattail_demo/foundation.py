"""What the services stand on: the exchange, the cloud and what they need of it, and the tap on its bus."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from coattail_demo import ahead, simulator
from coattail_demo.cloud import LocalCloud, forget_landed, kept_cloud, local_cloud
from coattail_demo.continuing import write_following
from coattail_demo.detectors import application_arguments, end_jobs
from coattail_demo.evidence import NOTHING_KEPT, Kept
from coattail_demo.features import Features, read_features
from coattail_demo.layout import Layout
from coattail_demo.leftovers import ProcessRecord, end_leftovers
from coattail_demo.options import Options
from coattail_demo.ports import Ports, choose_ports
from coattail_demo.processes import Command, Service
from coattail_demo.stream import trades_in_stream
from coattail_demo.tables import Tables
from coattail_demo.tap import AlertTap, tapped
from coattail_harness import exchange
from coattail_harness.exchange import SimulatorClient
from coattail_harness.ports import HOST
from coattail_harness.processes import Say
from coattail_harness.processes import kept as kept_running


class Exchange(msgspec.Struct, frozen=True):
    """The simulator: its process, and its control interface."""

    service: Service
    client: SimulatorClient


class Foundation(msgspec.Struct, frozen=True, kw_only=True):
    """`group` learns when a process fails for good, and ends the demo then. No `exchange`: the real ones are followed.

    `kept` is what the tables of a kept cloud held before.

    `features` is what `features_file` says; the application gets the file.
    """

    options: Options
    layout: Layout
    features_file: Path
    features: Features
    ports: Ports
    group: asyncio.TaskGroup
    record: ProcessRecord
    exchange: Exchange | None
    cloud: LocalCloud
    tap: AlertTap
    kept: Kept

    @property
    def endpoint(self) -> str:
        """The cloud's."""
        return self.cloud.endpoint


@contextlib.asynccontextmanager
async def foundation(options: Options, layout: Layout, say: Say) -> AsyncIterator[Foundation]:
    """All of it, while the context is open. What an earlier demo left behind is ended first."""
    features_file = options.features or (layout.demo_features if options.generates else layout.features)
    features = read_features(features_file)
    layout.state.mkdir(parents=True, exist_ok=True)
    if ended := end_leftovers(layout.processes):
        say(f"ended {ended} processes of an earlier demo that was cut short")
    _forget_logs(layout)
    endpoint = None if options.fresh else kept_cloud(layout)
    ports = choose_ports(options, endpoint)
    kept = await _go_on(layout, endpoint, say) if endpoint is not None else NOTHING_KEPT
    scenario = simulator.scenario_file(options, layout)
    if scenario is not None and kept.earlier:
        scenario = write_following(scenario, kept, layout.scenario)
    ahead.describe(layout, features_file, application_arguments(options.landing_seconds))
    record = ProcessRecord(layout.processes)
    try:
        async with (
            asyncio.TaskGroup() as group,
            _exchange(
                simulator.command(options, layout, ports.simulator, scenario), options, group, record, say
            ) as exchange,
            local_cloud(layout, f"http://{HOST}:{ports.cloud}", os.environ, say, keep=options.keep) as cloud,
            tapped(cloud.endpoint, kept.alert_ids) as tap,
        ):
            yield Foundation(
                options=options,
                layout=layout,
                features_file=features_file,
                features=features,
                ports=ports,
                group=group,
                record=record,
                exchange=exchange,
                cloud=cloud,
                tap=tap,
                kept=kept,
            )
    finally:
        record.clear()


async def _go_on(layout: Layout, endpoint: str, say: Say) -> Kept:
    """Prepare a kept cloud for this demo: nothing is left running in it, and connectors begin at this demo's first trades."""
    await asyncio.to_thread(end_jobs, endpoint)
    shutil.rmtree(layout.cursors, ignore_errors=True)
    kept = await asyncio.to_thread(Tables(endpoint).kept)
    rows = kept.rows
    say(f"the kept cloud at {endpoint} goes on; {rows.trades:,} trades and {rows.alerts:,} alerts in its tables stay")
    if forget_landed(layout):
        return kept
    # The demo before was cut short, or its Spark was behind: what is in the stream lands now.
    return msgspec.structs.replace(kept, in_stream=await asyncio.to_thread(trades_in_stream, endpoint))


@contextlib.asynccontextmanager
async def _exchange(
    command: Command, options: Options, group: asyncio.TaskGroup, record: ProcessRecord, say: Say
) -> AsyncIterator[Exchange | None]:
    """The simulator, idle. First of all, because it is the one that reads the scenario and the recordings."""
    if options.live:
        yield None
        return
    async with (
        kept_running(Service(command, record, say, grace=10), group) as service,
        exchange.client(service) as client,
    ):
        status = await client.status()
        say(f"{exchange.NAME}: {len(status.markets)} markets on port {client.ready.port}")
        yield Exchange(service, client)


def _forget_logs(layout: Layout) -> None:
    for log in layout.logs.glob("*.log"):
        log.unlink()
