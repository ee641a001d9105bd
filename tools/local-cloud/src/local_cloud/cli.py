"""The command line: `local-cloud install | up | deploy | package | status | logs | down`."""

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import msgspec
from rich.console import Console
from rich.table import Table

from coattail_harness.interrupts import INTERRUPTED

from . import cloud, docker, host
from .clients import Clients
from .errors import CloudError
from .install import ensure_installed, find_uv
from .layout import Layout, find_layout
from .packages import Platform, build
from .settings import DEFAULT_KAFKA_PORT, Kind, read_settings

_out = Console(soft_wrap=True, highlight=False)
_err = Console(stderr=True, soft_wrap=True, highlight=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. Returns the exit code: 0; 2 for a port in use; 3 when no cloud is up; 1 for all else."""
    options = _parser().parse_args(arguments)
    try:
        layout = find_layout(options.state)
        return int(options.run(layout, options))
    except CloudError as error:
        _err.print(f"local-cloud: {error}", style="red", markup=False)
        return error.exit_code
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _err.print(f"local-cloud: {where}{error.strerror or error}", style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


class _Parser(argparse.ArgumentParser):
    """Tells what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """See `ArgumentParser.error`."""
        self.exit(2, f"{self.prog}: {message}; --help lists the options\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="local-cloud", description=__doc__)
    parser.add_argument(
        "--state", type=Path, metavar="DIR", help="what one cloud keeps while it runs (default: .local/cloud)"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    up = commands.add_parser("up", help="start LocalStack and wait until its services answer")
    up.add_argument("--port", type=_port, help="where it listens on 127.0.0.1 (default: LOCAL_CLOUD_PORT, or 4566)")
    up.add_argument(
        "--kafka",
        type=_port,
        nargs="?",
        const=DEFAULT_KAFKA_PORT,
        metavar="PORT",
        help=f"start a broker of Kafka too; PORT: where it listens (default: LOCAL_CLOUD_KAFKA, or {DEFAULT_KAFKA_PORT})",
    )
    up.set_defaults(run=_up)

    install = commands.add_parser("install", help="install LocalStack and pack the Lambda functions, and do no more")
    install.set_defaults(run=_install)

    deploy = commands.add_parser("deploy", help="apply the rendered Terraform plans")
    deploy.add_argument("--plans", type=Path, metavar="DIR", help="where they lie (default: infra/rendered/local)")
    deploy.add_argument("--stacks", nargs="+", default=[], metavar="STACK", help="these only (default: every stack)")
    deploy.set_defaults(run=_deploy)

    package = commands.add_parser("package", help="build the zip of a Lambda service")
    package.add_argument("service", help="its folder's name in services/")
    package.add_argument("--platform", choices=[*Platform], default=Platform.ARM64, help="default: %(default)s")
    package.add_argument("--out", type=Path, required=True, metavar="FILE", help="the zip to write")
    package.set_defaults(run=_package)

    status = commands.add_parser("status", help="tell how it stands; exit code 3 when it is down")
    status.add_argument("--json", action="store_true", help="for programs")
    status.set_defaults(run=_status)

    logs = commands.add_parser("logs", help="show the end of LocalStack's log, a job run's or a function's")
    logs.add_argument("--lines", type=_count, default=50, metavar="N", help="how many (default: 50)")
    logs.add_argument("--job", metavar="ID", help="an EMR Serverless job run")
    logs.add_argument("--function", metavar="NAME", help="a Lambda function")
    logs.set_defaults(run=_logs)

    commands.add_parser("down", help="end LocalStack and every job it runs").set_defaults(run=_down)
    return parser


def _port(text: str) -> int:
    return _number(text, 1, 65_535)


def _count(text: str) -> int:
    return _number(text, 1, 1_000_000)


def _number(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from {least} to {most}")
    return int(text)


def _say(text: str) -> None:
    _out.print(f"local-cloud: {text}", markup=False)


def _up(layout: Layout, options: argparse.Namespace) -> int:
    record = cloud.up(layout, read_settings(os.environ, layout, options.port, options.kafka), os.environ, _say)
    _say(f"up at {record.endpoint}" + (f", pid {record.pid}" if record.pid else f", container {docker.CONTAINER}"))
    return 0


def _install(layout: Layout, _options: argparse.Namespace) -> int:
    from .deploy import packaged_services, read_plans  # noqa: PLC0415 - as in `_deploy`

    settings = read_settings(os.environ, layout)
    ensure_installed(layout, settings.uv, _say)
    if layout.rendered.is_dir():
        uv = find_uv(layout, settings.uv)
        for service in packaged_services(read_plans(layout.rendered)):
            build(layout.services / service, Platform.HOST, layout.packages, uv, _say)
    return 0


def _down(layout: Layout, options: argparse.Namespace) -> int:
    layout = _meant(layout, options, lambda other: other.kept.exists())
    _say("down" if cloud.down(layout, _say) else "was not up")
    return 0


def _meant(layout: Layout, options: argparse.Namespace, may_be: Callable[[Layout], bool]) -> Layout:
    """The layout of the command, or where no folder was named and nothing is up there, the demo's if that is up and `may_be` meant."""
    other = layout.of_the_demo
    if options.state is not None or cloud.running(layout) or not cloud.running(other) or not may_be(other):
        return layout
    if not getattr(options, "json", False):
        _say(f"the demo's cloud, in {other.state}")
    return other


def _deploy(layout: Layout, options: argparse.Namespace) -> int:
    from .deploy import deploy_rendered  # noqa: PLC0415 - it imports boto3, which commands that call nothing need not wait for

    record = cloud.require_running(layout)
    uv = find_uv(layout, read_settings(os.environ, layout).uv)

    def packages(service: str) -> Path:
        return build(layout.services / service, Platform.HOST, layout.packages, uv, _say)

    plans = options.plans or layout.rendered
    deploy_rendered(Clients(record.endpoint), plans, layout.deployed, _say, packages, options.stacks)
    return 0


def _package(layout: Layout, options: argparse.Namespace) -> int:
    uv = find_uv(layout, read_settings(os.environ, layout).uv)
    package = build(layout.services / options.service, Platform(options.platform), layout.packages, uv, _say)
    shutil.copyfile(package, options.out)
    _say(f"{options.out}: {package.stat().st_size / 1e6:.1f} MB")
    return 0


def _status(layout: Layout, options: argparse.Namespace) -> int:
    layout = _meant(layout, options, lambda _other: True)
    status = cloud.status(layout)
    if options.json:
        sys.stdout.write(msgspec.json.encode(status).decode() + "\n")
        return 0 if status.running else 3
    if not status.running:
        _say(f"down ({status.state})")
        return 3
    table = Table(show_header=False, box=None)
    table.add_row("endpoint", status.endpoint)
    table.add_row("LocalStack", f"{status.version} ({status.kind}), pid {status.pid}, {status.rss_mb} MB")
    table.add_row("loaded", ", ".join(sorted(name for name, state in status.services.items() if state == "running")))
    table.add_row("jobs", ", ".join(f"{run} (pid {pid})" for run, pid in status.jobs.items()) or "none")
    if status.kafka:
        table.add_row("Kafka", status.kafka)
    table.add_row("log", status.log)
    _out.print(table)
    return 0


def _logs(layout: Layout, options: argparse.Namespace) -> int:
    if options.job:
        return _show_logs(layout.jobs / options.job, "std*.log", options.lines)
    if options.function:
        return _show_logs(layout.functions / options.function, "*.log", options.lines)
    record = cloud.running(layout)
    in_docker = record is not None and record.kind is Kind.DOCKER
    _out.print(docker.last_lines(options.lines) if in_docker else host.tail(layout.log, options.lines), markup=False)
    return 0


def _show_logs(folder: Path, pattern: str, lines: int) -> int:
    """Raises `CloudError` where the folder is not there."""
    if not folder.exists():
        raise CloudError(f"there is no {folder.name} in {folder.parent}: nothing of that name has run in this cloud")
    for log in sorted(folder.glob(pattern)):
        _out.print(f"== {log}", markup=False)
        _out.print(host.tail(log, lines), markup=False)
    return 0
