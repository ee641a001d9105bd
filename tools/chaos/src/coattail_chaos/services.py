"""Connectors and writers, as they are started: the commands that are deployed, with addresses of ours and little memory."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from coattail_chaos import small_disk
from coattail_chaos.disk import Disk
from coattail_harness.ports import HOST
from coattail_harness.processes import Command

WRITER: Final = "kinesis-writer"
STREAM: Final = "crypto-pulse-trades"
_WRITER_MEMORY_BYTES: Final = 1024 * 1024
"""The least it takes, so that the spool is used soon."""
_SPOOL_BYTES: Final = 1024 * 1024 * 1024
_RECONNECT_SECONDS: Final = 1
"""A connector that is cut two hundred times would wait for a minute each."""
_CURSOR_SECONDS: Final = 0.5
AWS: Final = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-west-2",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class Addresses(msgspec.Struct, frozen=True):
    """Where a connector finds its exchange and the writers, through our proxies."""

    ws_url: str
    rest_url: str
    links: tuple[str, ...]


class Setup:
    """How the next processes are started. A process that runs is not changed by it."""

    def __init__(self, folder: Path) -> None:
        self.spool_bytes = _SPOOL_BYTES
        self.disk_kilobytes: int | None = None
        """The size of the disk below each spool; `None`: the machine's."""
        self.clock: Path | None = None
        """The file that says how far the wall clock of the services is ahead; `None`: they have the machine's."""
        self.stream = STREAM
        self.cursors = folder / "cursors"

    @property
    def changed(self) -> bool:
        """Whether it is another than at the beginning."""
        return (self.spool_bytes, self.disk_kilobytes, self.clock) != (_SPOOL_BYTES, None, None)

    def heal(self) -> None:
        """As at the beginning."""
        self.spool_bytes, self.disk_kilobytes, self.clock = _SPOOL_BYTES, None, None

    def connector(self, exchange: str, symbols: Sequence[str], addresses: Addresses) -> Command:
        """The connector of an exchange."""
        flags = {
            "--symbols": ",".join(symbols),
            "--ws-url": addresses.ws_url,
            "--rest-url": addresses.rest_url,
            "--link-url": ",".join(addresses.links),
            "--health-port": "0",
            "--cursors": f"file:{self.cursors}",
            "--cursor-seconds": str(_CURSOR_SECONDS),
            "--reconnect-seconds": str(_RECONNECT_SECONDS),
        }
        return Command(self._python(f"ingest_{exchange}", flags))

    def writer(self, kinesis_port: int, disk: Disk) -> Command:
        """The writer with that disk."""
        flags = {
            "--stream": self.stream,
            "--link-port": "0",
            "--health-port": "0",
            "--max-bytes": str(_WRITER_MEMORY_BYTES),
            "--spool": str(disk.for_the_next(small=self.disk_kilobytes is not None)),
            "--spool-bytes": str(self.spool_bytes),
        }
        words = self._python("kinesis_writer", flags)
        if self.disk_kilobytes is not None:
            words = small_disk.on_small_disk(disk.small, self.disk_kilobytes, words)
        return Command(words, {**AWS, "AWS_ENDPOINT_URL": f"http://{HOST}:{kinesis_port}"})

    def _python(self, module: str, flags: Mapping[str, str]) -> tuple[str, ...]:
        clock = () if self.clock is None else ("coattail_chaos.stepped_clock", str(self.clock))
        words = (*clock, module) if clock else (module,)
        return (sys.executable, "-m", *words, *(word for flag in flags.items() for word in flag))


def link_url(port: int) -> str:
    """How connectors find the writer that listens at `port`: its name, by which markets hold to it."""
    return f"ws://{HOST}:{port}"
