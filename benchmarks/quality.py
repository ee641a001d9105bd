"""Both Lambdas under load, as they are deployed: 1,000 trades a second for two minutes, six of a hundred of them bad.

On LocalStack, from the rendered plans and the zips of the services. Their processes are killed (SIGKILL) again and again while they
work. Every bad line must then be in the dead-letter zone once, at its place in the stream and with its reason, and nothing
else. How long after its arrival the oldest record of each batch was dealt with is what the Lambda says itself. Meanwhile a table is
dropped and asked for on the bus, again and again, and the hourly rule is made to fire each minute; in the end every table is there as
it is defined.
"""

import json
import os
import platform
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil
from pyiceberg.exceptions import NoSuchTableError

from benchmarks.traffic import REASONS, Line, ticks
from catalog_lambda.catalog import open_catalog
from catalog_lambda.differences import differences
from catalog_lambda.settings import Settings as CatalogSettings
from coattail_common.contracts import BUS, CatalogRequested, Reject
from coattail_common.lines import pack
from coattail_common.tables import Table
from coattail_testing.tables import TABLES
from dq_lambda import dead_letters
from local_cloud.deploy import deploy_rendered
from local_cloud.install import find_uv
from local_cloud.packages import Platform, build
from local_cloud.testing import TestCloud, running_cloud

FUNCTION: Final = "coattail-local-dq-lambda"
CATALOG_DATABASE: Final = "coattail"
ZONE: Final = "coattail-local-dead-letters"
STREAM: Final = "crypto-pulse-trades"
CATALOG_FUNCTION: Final = "coattail-local-catalog-lambda"
CATALOG_BUCKET: Final = "coattail-local-lake"
STACKS: Final = ("platform", "dq-lambda", "catalog-lambda")
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


class CatalogResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the catalog's Lambda beside the traffic: `drops` of tables, `invocations`, of which `by_schedule`, `interrupted`
    by `kills`, and how many of the `tables` were as they are defined in the end."""

    drops: int
    invocations: int
    by_schedule: int
    kills: int
    interrupted: int
    tables: int
    as_defined: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """`bad` and `in_zone` count lines by reason; `missing`, `twice` and `wrong` (place, bytes or reason) must be none. `handled_after_*`
    are ms since the arrival of a batch's oldest record, waiting for the batch, kills and retries included; `interrupted` invocations
    were under way when their process was killed."""

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
    batches: int
    kills: int
    interrupted: int
    catalog: CatalogResult
    machine: str


def run() -> Result:
    """Measure once: about four minutes on two cores."""
    with tempfile.TemporaryDirectory() as folder, running_cloud(Path(folder), os.environ, _say) as cloud:
        deploy(cloud, Path(folder))
        return measure(cloud, RATE, SECONDS, BAD_SHARE, KILL_EVERY)


def deploy(cloud: TestCloud, folder: Path, **settings: str) -> None:
    """Bring stream, zone and Lambda up, from the rendered plan; `settings` are variables of the Lambda besides those of the plan."""
    plans = folder / "plans"
    plans.mkdir()
    for stack in STACKS:
        plan = json.loads((cloud.layout.rendered / f"{stack}.json").read_text())
        for resource in plan["resources"]:
            if resource["type"] == "aws_lambda_function":
                resource["values"]["environment"][0]["variables"] |= settings
            if "schedule_expression" in resource["values"]:
                resource["values"]["schedule_expression"] = "rate(1 minute)"
        (plans / f"{stack}.json").write_text(json.dumps(plan))
    uv = find_uv(cloud.layout, cloud.settings.uv)

    def package(service: str) -> Path:
        return build(cloud.layout.services / service, Platform.HOST, cloud.layout.packages, uv, _say)

    deploy_rendered(cloud.clients, plans, folder / "deployed.json", _say, package)


def measure(cloud: TestCloud, rate: int, seconds: float, bad_share: float, kill_every: float) -> Result:
    """Put the traffic, kill the Lambda meanwhile, and hold what the zone has against what it should have. `bad_share`: of each kind."""
    lambda_log = LambdaLog(cloud.layout.functions / FUNCTION, FUNCTION, cloud.clients.client("logs"))
    catalog = CatalogLoad(cloud)
    warm_up = _put(cloud.clients.client("kinesis"), rate, 1.0, bad_share=0.0)
    lambda_log.wait_until_judged(warm_up.trades)
    _say("putting the traffic")
    done = threading.Event()
    with ThreadPoolExecutor(3) as pool:
        killing = pool.submit(_kill_again_and_again, lambda_log, kill_every, done)
        killing_catalogs = pool.submit(_kill_again_and_again, catalog.log, kill_every, done)
        dropping = pool.submit(catalog.drop_again_and_again, kill_every / 2, done)
        try:
            since = time.time()
            put = _put(cloud.clients.client("kinesis"), rate, seconds, bad_share)
        finally:
            done.set()
        kills = killing.result()
        drops, catalog_kills = dropping.result(), killing_catalogs.result()
    lambda_log.wait_until_judged(warm_up.trades + put.trades)
    found = _zone_when_whole(cloud.clients.client("s3"), put.bad.keys())
    places = Counter(_place(reject) for reject in found)
    said = {_place(reject): Line(reject.line, reject.reason) for reject in found}
    lags = sorted(lambda_log.values("HandledAfterMs", since))
    return Result(
        trades=put.trades,
        seconds=round(put.seconds, 1),
        trades_a_second=round(put.trades / put.seconds),
        bad=_by_reason(line.reason for line in put.bad.values()),
        in_zone=_by_reason(reject.reason for reject in found),
        missing=len(put.bad.keys() - said.keys()),
        twice=sum(count - 1 for count in places.values()),
        wrong=sum(put.bad.get(place) != line for place, line in said.items()),
        judged=round(sum(lambda_log.values("RecordsProcessed", since))),
        handled_after_p50_ms=round(statistics.median(lags)),
        handled_after_p99_ms=round(statistics.quantiles(lags, n=100, method="inclusive")[98]),
        handled_after_max_ms=round(lags[-1]),
        batches=len(lags),
        kills=kills,
        interrupted=lambda_log.interrupted(),
        catalog=catalog.result(drops, catalog_kills),
        machine=f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    )


class Put(msgspec.Struct, frozen=True):
    """What was put, in how many seconds: how many lines, and where the bad ones are."""

    trades: int
    seconds: float
    bad: dict[Place, Line]


class LambdaLog:
    """What a function has written, as LocalStack keeps it: in `folder` a file for each environment, with its process's id beside it."""

    def __init__(self, folder: Path, function: str, logs: Any) -> None:
        self._folder = folder
        self._function = function
        self._logs = logs

    def values(self, metric: str, since: float) -> Iterator[float]:
        """The values of a metric written after `since` (s since the epoch), from its lines in CloudWatch's embedded format."""
        mark = f'"{metric}":'
        for path in sorted(self._folder.glob("*.log")):
            for line in path.read_text(errors="replace").splitlines():
                if line.startswith("{") and mark in line.replace('": ', '":'):
                    said = msgspec.json.decode(line)
                    if said["_aws"]["Timestamp"] >= since * 1000:
                        yield from said[metric]

    def wait_until_judged(self, trades: int) -> None:
        """Wait until so many lines are judged since the function was made."""
        deadline, tick = time.monotonic() + PATIENCE, threading.Event()
        while sum(self.values("RecordsProcessed", 0)) < trades:
            assert time.monotonic() < deadline, f"not all of {trades} lines were judged within {PATIENCE:.0f} s"
            tick.wait(0.5)

    def interrupted(self) -> int:
        """How many invocations ended with their process."""
        return self.lines_with("Runtime exited with error: signal")

    def lines_with(self, *marks: str) -> int:
        """How many lines of its log hold all of these."""
        pages = self._logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{self._function}")
        return sum(all(mark in event["message"] for mark in marks) for page in pages for event in page["events"])

    def busy_process(self) -> psutil.Process | None:
        """A process of the function that works at this moment: one that uses the processor."""
        processes = [one for path in self._folder.glob("*.pid") if (one := _process(path)) is not None]
        before = [_cpu(one) for one in processes]
        threading.Event().wait(0.02)
        working = [one for one, used in zip(processes, before, strict=True) if _cpu(one) > used]
        return working[0] if working else None


class CatalogLoad:
    """The catalog's Lambda, and the tables it has to make again."""

    def __init__(self, cloud: TestCloud) -> None:
        self.log = LambdaLog(cloud.layout.functions / CATALOG_FUNCTION, CATALOG_FUNCTION, cloud.clients.client("logs"))
        self._events = cloud.clients.client("events")
        os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
        os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
        self._iceberg = open_catalog(
            CatalogSettings(warehouse=f"s3://{CATALOG_BUCKET}/warehouse", AWS_ENDPOINT_URL=cloud.record.endpoint)
        )

    def drop_again_and_again(self, every: float, done: threading.Event) -> int:
        """Drop one table after the other, every so many seconds, and ask for it on the bus. Returns how often."""
        drops = 0
        for table in cycle(TABLES.values()):
            if done.wait(every):
                return drops
            with suppress(NoSuchTableError):
                self._iceberg.drop_table(f"{CATALOG_DATABASE}.{table.name}")
                drops += 1
            self._request()
        raise AssertionError

    def result(self, drops: int, kills: int) -> CatalogResult:
        """Wait until every table is as it is defined; ask for them once more, as an hour later the rule would."""
        self._request()
        deadline, tick = time.monotonic() + PATIENCE, threading.Event()
        while (as_defined := sum(self._is_as_defined(table) for table in TABLES.values())) < len(TABLES):
            if time.monotonic() > deadline:
                break
            tick.wait(0.5)
        return CatalogResult(
            drops=drops,
            invocations=self.log.lines_with('"message":"invoked"'),
            by_schedule=self.log.lines_with('"message":"invoked"', '"by":"Scheduled Event"'),
            kills=kills,
            interrupted=self.log.interrupted(),
            tables=len(TABLES),
            as_defined=as_defined,
        )

    def _request(self) -> None:
        event = CatalogRequested(occurred_at=time.time_ns() // 1000, requested_by="benchmark")
        entry = {"EventBusName": BUS, "Source": "coattail.operator", "DetailType": event.detail_type}
        self._events.put_events(Entries=[entry | {"Detail": msgspec.json.encode(event).decode()}])

    def _is_as_defined(self, table: Table) -> bool:
        try:
            found = self._iceberg.load_table(f"{CATALOG_DATABASE}.{table.name}")
        except NoSuchTableError:
            return False
        return not differences(table, found.schema(), found.spec())


def _process(pid_file: Path) -> psutil.Process | None:
    try:
        return psutil.Process(int(pid_file.read_text()))
    except (ValueError, OSError, psutil.NoSuchProcess):
        return None  # between two processes


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _put(kinesis: Any, rate: int, seconds: float, bad_share: float) -> Put:
    """Put the traffic in time."""
    bad: dict[Place, Line] = {}
    trades = 0
    pause = threading.Event()
    began = time.monotonic()
    for number, markets in enumerate(ticks(rate, seconds, bad_share, TICK), start=1):
        pause.wait(max(0.0, began + number * TICK - time.monotonic()))
        records = [{"Data": pack(line.text for line in lines), "PartitionKey": symbol} for symbol, lines in markets]
        answer = kinesis.put_records(StreamName=STREAM, Records=records)
        assert answer["FailedRecordCount"] == 0
        for (_, lines), put in zip(markets, answer["Records"], strict=True):
            trades += len(lines)
            bad |= {
                Place(put["ShardId"], put["SequenceNumber"], place): line
                for place, line in enumerate(lines)
                if line.reason is not None
            }
    return Put(trades, time.monotonic() - began, bad)


def _kill_again_and_again(lambda_log: LambdaLog, every: float, done: threading.Event) -> int:
    """Kill a process of the Lambda while it works, every so many seconds. Returns how often."""
    kills = 0
    while not done.wait(every):
        while not done.is_set():
            if (process := lambda_log.busy_process()) is not None:
                process.send_signal(signal.SIGKILL)
                kills += 1
                break
    return kills


def _zone_when_whole(s3: Any, expected: Set[Place]) -> list[Reject]:
    """The zone, once it holds these places. What it does not hold within `PATIENCE` is missing.

    A batch whose process was killed after it had counted is judged again: the count of lines alone is reached before the last batch.
    """
    deadline, tick = time.monotonic() + PATIENCE, threading.Event()
    while True:
        found = _zone_of(s3)
        if expected <= set(map(_place, found)) or time.monotonic() > deadline:
            return found
        tick.wait(1.0)


def _zone_of(s3: Any) -> list[Reject]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=ZONE)
    keys = [one["Key"] for page in pages for one in page.get("Contents", []) if one["Key"].split("/")[0] in REASONS]
    keys = [key for key in keys if key.endswith(dead_letters.LINES)]
    with ThreadPoolExecutor(8) as pool:
        bodies = pool.map(lambda key: s3.get_object(Bucket=ZONE, Key=key)["Body"].read(), keys)
        return [reject for body in bodies for reject in dead_letters.read(body)]


def _place(reject: Reject) -> Place:
    return Place(reject.shard_id, reject.sequence_number, reject.line_number)


def _by_reason(reasons: Iterator[str | None]) -> dict[str, int]:
    counts = Counter(reasons)
    return {reason: counts[reason] for reason in REASONS}


def _say(message: str) -> None:
    sys.stderr.write(f"bench: {message}\n")
