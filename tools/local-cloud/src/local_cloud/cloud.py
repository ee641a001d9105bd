"""One local cloud: up, down, and how it stands."""

import shutil
from collections.abc import Mapping

import msgspec

from . import docker, drivers, health, host, spark_image
from .clients import Clients
from .errors import CloudError, NotRunningError, PortInUseError
from .install import Report, ensure_installed
from .interrupts import interrupts_deferred
from .kafka import record as broker_record
from .layout import Layout
from .ports import require_free
from .record import Record, process_of, read_record, write_record
from .settings import ADDED_SERVICES, OWN_SERVICES, Kind, Settings

_START_SECONDS = 90.0
STOP_SECONDS = 40.0
UNSTARTED_SECONDS = 3.0
"""For a LocalStack that is not up yet: it may not hear a signal while it starts, and holds nothing."""
_DRIVER_GRACE_SECONDS = 8.0


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How a cloud stands. `rss_mb`: LocalStack's resident memory. `jobs`: driver pids by job run id. `kafka`: where its broker answers."""

    running: bool
    kind: Kind | None = None
    endpoint: str | None = None
    pid: int | None = None
    rss_mb: float | None = None
    version: str | None = None
    services: dict[str, str] = {}
    jobs: dict[str, int] = {}
    kafka: str | None = None
    state: str = ""
    log: str = ""


def up(layout: Layout, settings: Settings, inherited: Mapping[str, str], report: Report) -> Record:
    """Brings the cloud up, or finds it up already, and its broker of Kafka if one is asked for. Returns when every service answers.

    Raises `PortInUseError`; `CloudError` when it cannot be installed, ends while starting, or does not answer in time.
    """
    if record := running(layout):
        report(f"already up at {record.endpoint}")
        _start_broker(layout, settings, report)
        return record
    _end_broker(layout, report)
    drivers.end_leftovers(layout.jobs, _DRIVER_GRACE_SECONDS, report)
    require_free(settings.port)
    _forget(layout)
    if settings.kind is not Kind.DOCKER:
        ensure_installed(layout, settings.uv, report)
        if settings.spark_defaults is None:
            settings = msgspec.structs.replace(settings, spark_defaults=spark_image.write_defaults(layout))
    try:
        record = _start(layout, settings, inherited)
        services = OWN_SERVICES if record.kind is Kind.DOCKER else OWN_SERVICES + ADDED_SERVICES
        report(f"starting LocalStack at {record.endpoint}")
        health.wait_until_healthy(record.endpoint, lambda: _is_alive(record), _START_SECONDS)
        health.require_services(Clients(record.endpoint), tuple(name for name in services if name in health.PROBES))
    except ChildProcessError:
        layout.record.unlink(missing_ok=True)
        host.forget_ended()
        raise host.died(layout.log) from None
    except KeyboardInterrupt:
        # Left alone it would come up all the same, and nobody would know.
        report("interrupted; ending LocalStack")
        down(layout, report, UNSTARTED_SECONDS)
        raise
    except TimeoutError as error:
        down(layout, report, UNSTARTED_SECONDS)
        raise CloudError(f"{error}; its log is {layout.log}") from None
    if record.kind is Kind.DOCKER:
        report(f"the image serves no {docker.MISSING}: what needs them cannot run on it")
    _start_broker(layout, settings, report)
    return record


def _start_broker(layout: Layout, settings: Settings, report: Report) -> None:
    """Start the broker of Kafka, if there is to be one. Raises `CloudError`, and `PortInUseError`."""
    if settings.kafka_port is None:
        return
    from .kafka.broker import Broker  # noqa: PLC0415  (its client is not wanted by those who want no broker)

    try:
        broker = Broker(layout.kafka, layout.kafka_jars, settings.kafka_port)
    except OSError as error:
        raise PortInUseError(
            f"port {settings.kafka_port} is in use by another program: end that one, or choose another with --kafka N"
        ) from error
    try:
        if broker.process is None:
            report(f"starting a broker of Kafka at {broker.bootstrap}")
        broker.start()
    finally:
        broker.close()


def _end_broker(layout: Layout, report: Report) -> bool:
    """End the broker of Kafka. False when there is none."""
    process = broker_record.process_of(layout.kafka)
    if process is None:
        return False
    report(f"ending the broker of Kafka, pid {process.pid}")
    host.stop(process, STOP_SECONDS)
    return True


def _start(layout: Layout, settings: Settings, inherited: Mapping[str, str]) -> Record:
    """Start it and write its record, the one not without the other."""
    if settings.kind is Kind.DOCKER:
        record = docker.start(settings)
        write_record(layout.record, record)
        return record
    with interrupts_deferred():
        record = host.start(layout, settings, inherited)
        write_record(layout.record, record)
    return record


def down(layout: Layout, report: Report, grace_seconds: float = STOP_SECONDS) -> bool:
    """Ends the cloud and its jobs, and waits until they have ended; kills what has not after the grace period.

    False when there was nothing to end.
    """
    record = running(layout)
    if record is None:
        layout.record.unlink(missing_ok=True)
    elif record.kind is Kind.DOCKER:
        docker.stop()
    elif process := process_of(record):
        report(f"ending LocalStack, pid {process.pid}, and its jobs")
        if not host.stop(process, grace_seconds):
            report("it did not end when asked, and was killed")
        host.forget_ended()
    drivers.end_leftovers(layout.jobs, _DRIVER_GRACE_SECONDS, report)
    ended = _end_broker(layout, report)
    layout.record.unlink(missing_ok=True)
    return record is not None or ended


def running(layout: Layout) -> Record | None:
    """The cloud of this state folder, while it lives. A record of one that has ended counts for nothing."""
    record = read_record(layout.record)
    return record if record and _is_alive(record) else None


def require_running(layout: Layout) -> Record:
    """Raises `NotRunningError`."""
    if record := running(layout):
        return record
    raise NotRunningError(f"no local cloud is up in {layout.state}: bring it up with `local-cloud up`")


def status(layout: Layout) -> Status:
    """How the cloud of this state folder stands now."""
    record = running(layout)
    if record is None:
        return Status(running=False, state=str(layout.state), log=str(layout.log))
    process = process_of(record)
    known = health.fetch_health(record.endpoint)
    broker = broker_record.read_record(layout.kafka)
    folders = sorted(layout.jobs.iterdir()) if layout.jobs.exists() else []
    pids = {folder.name: drivers.driver_pid(layout.jobs, folder.name) for folder in folders}
    return Status(
        running=True,
        kind=record.kind,
        endpoint=record.endpoint,
        pid=process.pid if process else None,
        rss_mb=round(process.memory_info().rss / 1e6, 1) if process else None,
        version=known.version if known else None,
        services=known.services if known else {},
        jobs={name: pid for name, pid in pids.items() if pid is not None},
        kafka=broker.bootstrap if broker and broker_record.process_of(layout.kafka) else None,
        state=str(layout.state),
        log=str(layout.log),
    )


def _forget(layout: Layout) -> None:
    """Clears away the record of the cloud before: it held everything in memory, so none of it is there any more."""
    layout.deployed.unlink(missing_ok=True)
    for folder in (layout.jobs, layout.functions, layout.filesystem, layout.kafka):
        shutil.rmtree(folder, ignore_errors=True)


def _is_alive(record: Record) -> bool:
    return docker.is_running() if record.kind is Kind.DOCKER else process_of(record) is not None
