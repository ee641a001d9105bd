"""Ingest, in one run: frames to lines beside their peers, lines into Kinesis beside theirs, and the two services at a steady pace."""

import os
import platform

import msgspec

from benchmarks import ingest_frames, ingest_steady, ingest_writer


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The three parts; `frames` is None where the recordings are not there."""

    frames: ingest_frames.Frames | None
    writing: ingest_writer.Writing
    steady: ingest_steady.Steady
    load: float
    machine: str


def run() -> Result:
    """Measure once: about two minutes."""
    load = os.getloadavg()[0]
    return Result(
        frames=ingest_frames.measure(),
        writing=ingest_writer.measure(),
        steady=ingest_steady.measure(),
        load=round(load, 1),
        machine=f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    )
