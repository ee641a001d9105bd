"""`coattail ingest`: connectors and writer in one process, between the simulator and a Kinesis in memory, through a SIGTERM."""

import asyncio
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from coattail_chaos import kinesis_proxy
from coattail_chaos.exchange import EXCHANGES, MARKETS, Exchange, scenario, simulated
from coattail_chaos.faults import Tally
from coattail_chaos.kinesis_proxy import KinesisProxy
from coattail_chaos.landing import Landing
from coattail_chaos.services import AWS
from coattail_chaos.supervisor import Service
from coattail_chaos.verdict import judge
from coattail_cli.ingest import Options
from coattail_harness.ports import HOST
from coattail_harness.processes import Command, kept
from coattail_harness.waiting import until
from coattail_runtime.settings import read
from coattail_testing.kinesis import FakeKinesis

PATIENCE = 120.0
MANY = 400


@asynccontextmanager
async def a_kinesis(landing: Landing) -> AsyncIterator[int]:
    """The port of a Kinesis that is always well; what it accepts is landed."""
    async with kinesis_proxy.serving(
        KinesisProxy(FakeKinesis(lambda record: landing.take(record[1])), Tally(), Random(1))
    ) as port:
        yield port


def ingesting(exchange: Exchange, kinesis: int, folder: Path) -> Command:
    variables = {
        **AWS,
        "AWS_ENDPOINT_URL": f"http://{HOST}:{kinesis}",
        "KINESIS_WRITER_HEALTH_PORT": "0",
    }
    for name in EXCHANGES:
        venue, prefix = exchange.venue(name), f"INGEST_{name.upper()}_"
        variables |= {
            f"{prefix}SYMBOLS": ",".join(plan.symbol for plan in MARKETS if plan.exchange.value == name),
            f"{prefix}WS_URL": venue.addresses.ws_url,
            f"{prefix}REST_URL": venue.addresses.rest_url,
            f"{prefix}HEALTH_PORT": "0",
            f"{prefix}CURSORS": f"file:{folder / 'cursors'}",
            f"{prefix}METRICS_SECONDS": "0.2",
        }
    words = (sys.executable, "-m", "coattail_cli", "ingest", "--exchange", ",".join(EXCHANGES))
    return Command(words, variables)


def metrics_by_service(log: Path) -> dict[str, set[str]]:
    """The names of the metrics in a log, by the service that they are of."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in log.read_bytes().splitlines():
        said: dict[str, Any] = msgspec.json.decode(line)
        if "_aws" in said:
            found[said["service"]] |= {one["Name"] for one in said["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    return found


async def test_ingest_loses_and_doubles_nothing_through_a_sigterm(tmp_path: Path) -> None:
    landing = Landing(lambda: time.time_ns() // 1000)
    log = tmp_path / "ingest.log"
    (tmp_path / "logs").mkdir()
    async with (
        simulated(scenario(3, 300, EXCHANGES), tmp_path) as exchange,
        a_kinesis(landing) as kinesis,
    ):
        service = Service("ingest", lambda: ingesting(exchange, kinesis, tmp_path), log)

        def landed() -> int:
            return sum(one.rows for one in landing.markets.values())

        async with asyncio.TaskGroup() as group, kept(service, group):
            await until(exchange.subscribed, "every market is subscribed to", PATIENCE)
            await exchange.start()
            await until(lambda: len(landing.markets) == len(MARKETS) and landed() > MANY, "trades land", PATIENCE)
            pid, before = service.pid, landed()
            assert pid is not None
            os.kill(pid, signal.SIGTERM)
            await until(lambda: service.starts == 2, "it is started again", PATIENCE)
            await until(exchange.subscribed, "every market is subscribed to", PATIENCE)
            await until(lambda: landed() > before + 2 * MANY, "more trades land", PATIENCE)
            await exchange.stop()
            sent = await exchange.sent()
            await until(lambda: not any(one.missing for one in judge(sent, landing.markets)), "all landed", PATIENCE)

    assert [crash for crash in service.crashes if not crash.startswith("ingest ended with 0: ")] == []
    assert [problem for one in judge(sent, landing.markets) for problem in one.problems] == []
    assert service.said["ended with everything in the stream"] == 2
    assert service.said["started"] == 2 * len(EXCHANGES)
    metrics = metrics_by_service(log)
    assert metrics.keys() == {"kinesis-writer", *(f"ingest-{name}" for name in EXCHANGES)}
    assert [name for name, found in metrics.items() if "TradesAccepted" in found] == ["kinesis-writer"]
    assert "Connected" not in metrics["kinesis-writer"]


@pytest.mark.parametrize("name", ["nowhere", "not-a-name", ""])
def test_ingest_refuses_an_exchange_that_no_service_follows(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read(Options, ["--exchange", name], {})
    assert ended.value.code == 2
    assert "configuration: exchange: " in capsys.readouterr().err
