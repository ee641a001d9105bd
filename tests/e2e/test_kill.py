"""The whole system through a bad half minute: a connector, the writer and Spark killed, frames broken. The tables do not show it."""

import os
import re
import signal
import time
from pathlib import Path

import aiohttp
import pytest
from msgspec.json import decode

from coattail_demo.errors import ConfigurationError
from coattail_demo.foundation import Exchange, foundation
from coattail_demo.gathering import Witnesses
from coattail_demo.layout import find_layout
from coattail_demo.options import Options
from coattail_demo.prerequisites import require_all
from coattail_demo.proof import by_type, judge
from coattail_demo.readiness import ready
from coattail_demo.settling import settle
from coattail_demo.system import Listening, System, system
from coattail_demo.tables import Tables, open_catalog
from coattail_harness.ports import HOST
from coattail_harness.waiting import until
from coattail_runtime.health import Report
from coattail_runtime.settings import read
from exchange_simulator.misbehaviour import Corruption
from exchange_simulator.simulator import Status
from local_cloud.drivers import driver_tree

FEATURES = Path(__file__).parents[2] / "config/demo.yaml"
SCENARIO = Path(__file__).with_name("scenario.yaml")
SECONDS = 36.0
CONNECTOR_DIES_AT = 6.0
"""Before the first broken frame of its exchange: what a killed process has refused is known to nobody."""
WRITER_DIES_AT = 10.0
SPARK_DIES_AT = 14.0

# A frame that is only long is a good trade that came twice.
HARMLESS = Corruption.OVERSIZE_FRAME


@pytest.mark.e2e
@pytest.mark.usefixtures("outside_module")
async def test_killed_processes_and_broken_frames_change_nothing_in_the_tables(tmp_path: Path) -> None:
    """A module of another package runs with ours, which nothing of ours names: its alerts are proved as theirs are."""
    features = tmp_path / "features.yaml"
    features.write_text(FEATURES.read_text() + "module_overrides: {busy-market: true}\nbusy_market: {trades: 20}\n")
    flags = ["--scenario", str(SCENARIO), "--seconds", str(SECONDS), "--landing-seconds", "5", "--state", str(tmp_path)]
    options = read(Options, [*flags, "--features", str(features)], {})
    layout = find_layout(tmp_path)
    try:
        require_all(layout, os.environ)
    except ConfigurationError as error:
        pytest.fail(str(error))

    async with foundation(options, layout, print) as base:
        assert base.exchange is not None
        client = base.exchange.client
        witnesses = Witnesses(client, Tables(base.endpoint), base.tap, knows_truth=True, features=base.features)
        async with system(base, print) as running:
            await ready(running)
            await client.start()
            await _kill(coinbase := _connector(running, "ingest-coinbase"), base.exchange, CONNECTOR_DIES_AT)
            await _kill(running.writer, base.exchange, WRITER_DIES_AT)
            await _kill_spark(running, base.exchange, witnesses)
            await _played(base.exchange, until_second=SECONDS)
            status = await client.stop()
            assert await settle(witnesses, patience=400), judge(await witnesses.evidence()).problems
            refused = sum([await _refused(connector) for connector in running.connectors])
            attempt = (await running.job.state()).attempt
        proof = judge(evidence := await witnesses.evidence())
        stated = (
            open_catalog(base.endpoint).load_table("coattail.busy_markets").scan().to_arrow()["alert_id"].to_pylist()
        )

    assert proof.problems == ()
    assert sum(market.stored for market in proof.markets) == status.sent
    assert evidence.injected is not None
    assert by_type(evidence.injected).keys() == {"whale_trade", "whale_sweep"}
    assert attempt == 2
    assert (
        sorted(stated) == sorted(one.alert_id for one in evidence.landed if one.key.alert_type == "busy_market") != []
    )
    assert running.writer.service.restarts == 1
    assert coinbase.service.restarts == 1
    assert _corruptions(status).keys() == set(Corruption)
    assert refused == sum(count for kind, count in _corruptions(status).items() if kind is not HARMLESS)


def _connector(running: System, name: str) -> Listening:
    return next(one for one in running.connectors if one.service.name == name)


async def _kill(one: Listening, exchange: Exchange, second: float) -> None:
    await _played(exchange, until_second=second)
    pid = one.service.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    print(f"killed {one.service.name} (pid {pid}) at {time.time():.1f}")


async def _kill_spark(running: System, exchange: Exchange, witnesses: Witnesses) -> None:
    """Between two landings: some trades are in the table, some are read and not yet landed."""

    async def has_landed() -> bool:
        return (await witnesses.rows()).trades > 0

    await _played(exchange, until_second=SPARK_DIES_AT)
    await until(has_landed, every=0.2)
    pid = running.job.pid
    assert pid is not None
    for member in driver_tree(pid):
        os.kill(member, signal.SIGKILL)
    print(f"killed Spark (pid {pid}) at {time.time():.1f}")


async def _played(exchange: Exchange, *, until_second: float) -> None:
    async def played() -> bool:
        return (await exchange.client.status()).seconds >= until_second

    await until(played, every=0.2)


def _corruptions(status: Status) -> dict[Corruption, int]:
    return {Corruption(kind): count for kind, count in status.misbehaved.corruptions.items()}


async def _refused(connector: Listening) -> int:
    """Frames that the connector refused, from what it tells people."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://{HOST}:{connector.health_port}/health/ready") as response,
    ):
        report = decode(await response.read(), type=Report)
    told = next(check.detail for check in report.checks if check.name == "counts")
    refused = re.search(r"refused (.*?), repeated", told)
    assert refused is not None, told
    return sum(int(count) for count in re.findall(r"(\d+) ", refused[1] + " "))
