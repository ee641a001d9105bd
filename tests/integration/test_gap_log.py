"""What a connector tells the bus of a gap is what the audit knows of it, by way of the log that the platform keeps."""

import shutil
import threading
import time
from pathlib import Path

import pytest

from coattail_audit import gaps
from coattail_common.contracts import BUS, TradesGapDetected, TradesGapFilled
from coattail_common.ids import Market
from coattail_runtime import telemetry
from coattail_runtime.bus.background import open_bus
from local_cloud.deploy import deploy_rendered
from local_cloud.testing import TestCloud

pytestmark = pytest.mark.localstack

LOG_GROUP = "/aws/events/coattail-local-gaps"
NOW = 1_767_225_600_000_000
PATIENCE = 240.0


def _no_package(service: str) -> Path:
    raise AssertionError(service)


async def test_a_gap_that_a_connector_reported_is_known_to_the_audit(cloud: TestCloud, tmp_path: Path) -> None:
    plans = tmp_path / "plans"
    plans.mkdir()
    shutil.copy(cloud.layout.rendered / "platform.json", plans)
    deploy_rendered(cloud.clients, plans, tmp_path / "deployed.json", print, _no_package)
    logs = cloud.clients.client("logs")
    market = {"exchange": "binance", "symbol": "GAP-USDT"}

    async with open_bus(BUS, "us-west-2", "coattail.ingest-binance", telemetry.logger("test")) as bus:
        bus.tell(TradesGapFilled(occurred_at=NOW, first_trade_id=1, last_trade_id=2, **market))
        bus.tell(TradesGapDetected(occurred_at=NOW, first_trade_id=7, last_trade_id=9, **market))
        bus.tell(TradesGapDetected(occurred_at=NOW, first_trade_id=10, last_trade_id=11, **market))

    deadline, tick = time.monotonic() + PATIENCE, threading.Event()
    while (found := gaps.by_market(gaps.in_log_group(logs, LOG_GROUP)).get(Market(**market))) is None or (
        found.tolist() != [[7, 11]]
    ):
        assert time.monotonic() < deadline, f"the log has {found}"
        tick.wait(0.2)
