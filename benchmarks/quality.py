"""The quality Lambda under load, as it is deployed: 1,000 trades a second for two minutes, six of a hundred of them bad.

On LocalStack, from the rendered plan and the zip of the service. Its process is killed (SIGKILL) again and again while it
works. Every bad line must then be in the dead-letter zone once, at its place in the stream and with its reason, and nothing
else; how long after its arrival each record was dealt with is what the Lambda says itself.
"""

import os
import platform
import shutil
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil

from benchmarks.traffic import REASONS, Line, ticks
from coattail_common.contracts import Reject
from coattail_common.lines import pack
from dq_lambda import zone
from local_cloud.deploy import deploy_rendered
from local_cloud.install import find_uv
from local_cloud.packages import Platform, build
from local_cloud.testing import TestCloud, running_cloud

FUNCTION: Final = "coattail-local-dq-lambda"
ZONE: Final = "coattail-local-dead-letters"
STREAM: Final = "crypto-pulse-trades"
STACKS: Final = ("platform", "dq-lambda")
RATE: Final = 1_000
SECONDS: Final = 120.0
BAD_SHARE: Final = 0.02
TICK: Final = 0.15
"""Seconds for which the writer packs lines into a record."""
KILL_EVERY: Final = 15.0
PATIENCE: Final = 120.0


class Place(msgspec.Struct, frozen=True, order=True):
    """Where a line stands in the stream."""

    shard_id: str
    sequence_number: str
    line_number: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """`bad` and `in_zone` count lines by reason; `missing`, `twice` and `wrong` (place, bytes or reason) must be none. `handled_after_*`
    are ms from a record's arrival in the stream, kills and their retries included; `interrupted` invocations began and did not end."""

    trades: int
    seconds: float
    trades_a_second: float
    bad: dict[str, int]
    in_zone: dict[str, int]
    missing: int
    twice: int
    wrong: int
    judged: int
    handled_after_p50_ms: float
    handled_after_p99_ms: float
    handled_after_max_ms: float
    invocations: int
    kills: int
    interrupted: int
    machine: str


def run() -> Result:
    """Measure once: about four minutes on two cores."""
    with tempfile.TemporaryDirectory() as folder, running_cloud(Path(folder), os.environ, _say) as cloud:
        deploy(cloud, Path(folder))
        return measure(cloud, RATE, SECONDS, KILL_EVERY)


def deploy(cloud: TestCloud, folder: Path) -> None:
    """Bring stream, zone and Lambda up, from the rendered plan."""
    plans = folder / "plans"
    plans.mkdir()
    for stack in STACKS:
        shutil.copy(cloud.layout.rendered / f"{stack}.json", plans)
    uv = find_uv(cloud.layout, cloud.settings.uv)

    def package(service: str) -> Path:
        return build(cloud.layout.services / service, Platform.HOST, cloud.layout.packages, uv, _say)

    deploy_rendered(cloud.clients, plans, folder / "deployed.json", _say, package)


def measure(cloud: TestCloud, rate: int, seconds: float, kill_every: float) -> Result:
    """Put the traffic, kill the Lambda meanwhile, and hold what the zone has against what it should have."""
    lambda_log = LambdaLog(cloud.layout.functions / FUNCTION)
    done = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        killing = pool.submit(_kill_again_and_again, cloud.record.pid, lambda_log, kill_every, done)
        try:
            began = time.monotonic()
            truth, trades = _put(cloud.clients.client("kinesis"), rate, seconds)
            took = time.monotonic() - began
        finally:
            done.set()
        kills = killing.result()
    found = _found(cloud.clients.client("s3"), lambda_log, trades)
    places = Counter(_place(reject) for reject in found)
    said = {_place(reject): Line(reject.line, reject.reason) for reject in found}
    lags = sorted(lambda_log.values("HandledAfterMs"))
    return Result(
        trades=trades,
        seconds=round(took, 1),
        trades_a_second=round(trades / took),
        bad=_by_reason(line.reason for line in truth.values()),
        in_zone=_by_reason(reject.reason for reject in found),
        missing=len(truth.keys() - said.keys()),
        twice=sum(count - 1 for count in places.values()),
        wrong=sum(truth.get(place) != line for place, line in said.items()),
        judged=round(sum(lambda_log.values("RecordsProcessed"))),
        handled_after_p50_ms=round(statistics.median(lags)),
        handled_after_p99_ms=round(statistics.quantiles(lags, n=100)[98]),
        handled_after_max_ms=round(lags[-1]),
        invocations=lambda_log.began(),
        kills=kills,
        interrupted=lambda_log.began() - lambda_log.ended(),
        machine=f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    )


class LambdaLog:
    """What a function's processes have written, as LocalStack keeps it: a file for each environment in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def values(self, metric: str) -> Iterator[float]:
        """The values of a metric, from its lines in CloudWatch's embedded format."""
        mark = f'"{metric}":'
        for line in self._lines():
            if line.startswith("{") and mark in line:
                yield from msgspec.json.decode(line)[metric]

    def began(self) -> int:
        """How many invocations began."""
        return sum(line.startswith("START ") for line in self._lines())

    def ended(self) -> int:
        """How many came to their end."""
        return sum(line.startswith("END ") for line in self._lines())

    def _lines(self) -> Iterator[str]:
        for path in sorted(self._folder.glob("*.log")):
            yield from path.read_text(errors="replace").splitlines()


def _put(kinesis: Any, rate: int, seconds: float) -> tuple[dict[Place, Line], int]:
    """Put the traffic in time. Returns the bad lines by place, and how many lines there were."""
    truth: dict[Place, Line] = {}
    trades = 0
    pause = threading.Event()
    began = time.monotonic()
    for number, markets in enumerate(ticks(rate, seconds, BAD_SHARE, TICK), start=1):
        pause.wait(max(0.0, began + number * TICK - time.monotonic()))
        records = [{"Data": pack(line.text for line in lines), "PartitionKey": symbol} for symbol, lines in markets]
        answer = kinesis.put_records(StreamName=STREAM, Records=records)
        assert answer["FailedRecordCount"] == 0
        for (_, lines), put in zip(markets, answer["Records"], strict=True):
            trades += len(lines)
            truth |= {
                Place(put["ShardId"], put["SequenceNumber"], place): line
                for place, line in enumerate(lines)
                if line.reason is not None
            }
    return truth, trades


def _kill_again_and_again(localstack: int, lambda_log: LambdaLog, every: float, done: threading.Event) -> int:
    """Kill the Lambda's processes, each time while an invocation is under way. Returns how often."""
    kills = 0
    while not done.wait(every):
        while lambda_log.began() - lambda_log.ended() <= kills and not done.is_set():
            done.wait(0.005)
        for process in _handlers(localstack):
            process.send_signal(signal.SIGKILL)
            kills += 1
    return kills


def _handlers(localstack: int) -> list[psutil.Process]:
    found = []
    for process in psutil.Process(localstack).children(recursive=True):
        try:
            if process.environ().get("AWS_LAMBDA_FUNCTION_NAME") == FUNCTION:
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def _found(s3: Any, lambda_log: LambdaLog, trades: int) -> list[Reject]:
    """All that the zone has, once the Lambda has judged all."""
    deadline, tick = time.monotonic() + PATIENCE, threading.Event()
    while sum(lambda_log.values("RecordsProcessed")) < trades and time.monotonic() < deadline:
        tick.wait(1)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=ZONE)
    keys = [one["Key"] for page in pages for one in page.get("Contents", []) if one["Key"].split("/")[0] in REASONS]
    with ThreadPoolExecutor(8) as pool:
        bodies = pool.map(lambda key: s3.get_object(Bucket=ZONE, Key=key)["Body"].read(), keys)
        return [reject for body in bodies for reject in zone.read(body)]


def _place(reject: Reject) -> Place:
    return Place(reject.shard_id, reject.sequence_number, reject.line_number)


def _by_reason(reasons: Iterator[str | None]) -> dict[str, int]:
    counts = Counter(reasons)
    return {reason: counts[reason] for reason in REASONS}


def _say(message: str) -> None:
    sys.stderr.write(f"bench: {message}\n")
