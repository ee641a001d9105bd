"""Both Lambdas as they are deployed, for ten seconds of the load that `./task bench -- quality` measures for two minutes."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from benchmarks import quality

from coattail_common.contracts import QualityDegraded
from local_cloud.testing import TestCloud, running_cloud

pytestmark = pytest.mark.localstack

TAP = "coattail-local-alert-tap"
PATIENCE = 240.0


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestCloud]:
    """A cloud of its own, whose stream nobody else writes to; in it a second is what a minute is elsewhere."""
    folder = tmp_path_factory.mktemp("quality")
    with running_cloud(folder, os.environ) as cloud:
        quality.deploy(cloud, Path(folder), DQ_LAMBDA_PERIOD_SECONDS="1", DQ_LAMBDA_REPORT_SECONDS="0")
        yield cloud


def heard(cloud: TestCloud) -> list[QualityDegraded]:
    """The degradations told on the bus: waits for the first, and then until it has been silent for five seconds."""
    sqs = cloud.clients.client("sqs")
    tap = sqs.get_queue_url(QueueName=TAP)["QueueUrl"]
    events: list[QualityDegraded] = []
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = sqs.receive_message(QueueUrl=tap, MaxNumberOfMessages=10, WaitTimeSeconds=5)
        messages = [json.loads(message["Body"]) for message in answer.get("Messages", ())]
        if not messages and events:
            break
        events += [
            msgspec.convert(message["detail"], QualityDegraded)
            for message in messages
            if message["detail-type"] == QualityDegraded.detail_type
        ]
    return events


def test_under_load_and_kills_each_bad_line_is_in_the_zone_once_and_a_degradation_is_told_once(
    deployed: TestCloud,
) -> None:
    result = quality.measure(deployed, rate=1_000, seconds=10, bad_share=0.04, kill_every=3)

    assert result.in_zone == result.bad
    assert (result.missing, result.twice, result.wrong) == (0, 0, 0)
    assert min(result.bad.values()) > 300
    assert result.kills >= 1
    assert result.judged >= result.trades
    assert result.handled_after_p99_ms > 0
    assert result.catalog.drops >= 1
    assert result.catalog.as_defined == result.catalog.tables
    events = heard(deployed)
    # At least once, and then under the same time (ADR 0014): a second time would be a second degradation.
    assert len({event.occurred_at for event in events}) == 1, events
    event = events[0]
    assert 80 < float(event.score) < 95
    assert event.floor == "95"
