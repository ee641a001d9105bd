"""Telling that the application is up: an object beside the seals, for deployments and tests that wait for it."""

import os
import time

import msgspec

from stream_detectors.places import files_at
from stream_detectors.settings import Settings


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """`started_at` is UTC, µs."""

    started_at: int
    pid: int


def announce(settings: Settings) -> None:
    """Write `ready.json`."""
    files, root = files_at(settings.seals, settings.region, settings.endpoint)
    with files.open_output_stream(f"{root}/ready.json") as stream:
        stream.write(msgspec.json.encode(Ready(started_at=time.time_ns() // 1000, pid=os.getpid())))
