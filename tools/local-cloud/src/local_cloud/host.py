"""LocalStack as a process of this machine: its environment, its start, its end."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psutil

from coattail_harness.ports import HOST

from .errors import CloudError
from .layout import Layout
from .record import Record
from .settings import ADDED_SERVICES, OWN_SERVICES, Kind, Settings

_TALKATIVE = (
    "localstack.request.aws",
    "localstack.request.http",
    "localstack.services.events.provider",
    "localstack.utils.bootstrap",
)

# A Popen that is collected complains that its process still runs, which here is the point of it.
_started: list[subprocess.Popen[bytes]] = []


def environment(layout: Layout, settings: Settings, inherited: Mapping[str, str]) -> dict[str, str]:
    """What LocalStack is started with: `inherited`, and what makes it run light, alone and without containers."""
    address = f"{HOST}:{settings.port}"
    defaults = {"EMR_SPARK_DEFAULTS": str(settings.spark_defaults)} if settings.spark_defaults else {}
    return {
        **inherited,
        "VIRTUAL_ENV": str(layout.venv),
        "PATH": f"{layout.venv / 'bin'}{os.pathsep}{inherited.get('PATH', '')}",
        "FILESYSTEM_ROOT": str(layout.filesystem),
        "GATEWAY_LISTEN": address,
        "LOCALSTACK_HOST": address,
        "SERVICES": ",".join((*OWN_SERVICES, *ADDED_SERVICES)),
        # Host mode is not what LocalStack expects in a container, where it would look for paths that are not there.
        "OVERRIDE_IN_DOCKER": "0",
        "EAGER_SERVICE_LOADING": "0",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DNS_ADDRESS": "0",
        # Queue addresses that resolve on a machine without wildcard DNS.
        "SQS_ENDPOINT_STRATEGY": "path",
        "SQS_DISABLE_CLOUDWATCH_METRICS": "1",
        # A log line for each request costs more than a small request itself.
        "LOG_LEVEL_OVERRIDES": ",".join(f"{name}=WARNING" for name in _TALKATIVE),
        "PROVIDER_OVERRIDE_KINESIS": "host",
        "LAMBDA_RUNTIME_EXECUTOR": "host",
        "LAMBDA_STATE_DIR": str(layout.functions),
        "EMR_STATE_DIR": str(layout.jobs),
        "EMR_SPARK_SUBMIT": str(settings.spark_submit),
        "EMR_SPARK_MASTER": settings.spark_master,
        "EMR_PYTHON": str(settings.spark_python),
        **defaults,
        **({"EMR_AHEAD": str(settings.ahead)} if settings.ahead else {}),
    }


def start(layout: Layout, settings: Settings, inherited: Mapping[str, str]) -> Record:
    """Starts LocalStack detached from this process and its terminal, its output in the log. Does not wait for it."""
    layout.state.mkdir(parents=True, exist_ok=True)
    _lay_index(layout)
    with layout.log.open("wb") as log:
        process = subprocess.Popen(
            [
                str(layout.python),
                "-m",
                "localstack_host_plugin.launch" if settings.ahead else "localstack.runtime.main",
            ],
            env=environment(layout, settings, inherited),
            cwd=layout.state,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _started.append(process)
    started_at = psutil.Process(process.pid).create_time()
    return Record(kind=Kind.HOST, port=settings.port, pid=process.pid, started_at=started_at)


def _lay_index(layout: Layout) -> None:
    """Put the index where LocalStack looks for one that came with it."""
    libraries = layout.filesystem / "usr" / "lib" / "localstack"
    libraries.mkdir(parents=True, exist_ok=True)
    for index in layout.index.rglob("service-catalog-*.dill"):
        link = libraries / index.name
        link.unlink(missing_ok=True)
        link.symlink_to(index)


def stop(process: psutil.Process, timeout: float) -> bool:
    """SIGTERM, and SIGKILL after `timeout` seconds. Whether the first was enough. LocalStack takes seconds to end."""
    try:
        process.terminate()
        process.wait(timeout)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(timeout)
        return False
    except psutil.NoSuchProcess:
        pass
    return True


def forget_ended() -> None:
    """Take note of every LocalStack of this process that has ended: a Popen that is not asked complains when Python ends."""
    _started[:] = [process for process in _started if process.poll() is None]


def died(log: Path) -> CloudError:
    """Return the error for a LocalStack that ended while it was starting, with the last lines of its log."""
    return CloudError(f"LocalStack ended while it was starting. The last lines of {log}:\n{tail(log, 15)}")


def tail(log: Path, lines: int) -> str:
    """The last lines of a text file; an empty text where there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - lines * 400))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
