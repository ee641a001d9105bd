"""Checks, reads and unpacks every file to its end before anything else happens: one unusable file stops the replay."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Final

import msgspec
from pyspark.sql import SparkSession

from coattail_replay import columnar, frames, spool
from coattail_replay.errors import InputError
from coattail_replay.formats import Format, Layout
from coattail_replay.naming import Naming, VenueName
from coattail_replay.sources import Source
from coattail_replay.spark import reading
from coattail_replay.spark.reading import Judged

_BYTES_A_TRADE: Final = 70
"""About what a line of text takes; enough to say into how many tasks the trades should go."""


class Prepared(msgspec.Struct, frozen=True):
    """What was unpacked: the folder of each layout of text, the folder of the recordings' trades if any, and the Parquet files as text.

    `trades` is about how many there are; `skipped` a recording's messages that are no trades, by kind, for each source;
    `known` are markets by the names that the first rows have for them.
    """

    texts: dict[Layout, Path]
    recordings: Path | None
    parquets: tuple[tuple[Source, Layout, Path], ...]
    trades: int
    skipped: dict[int, Counter[str]]
    known: dict[VenueName, str]


def prepare(sources: Sequence[Source], naming: Naming, work: Path, show: Callable[[float], None]) -> Prepared:
    """Unpack everything into `work`. `show` gets the share done, 0 to 1. Raises `InputError` for the first file that is not whole."""
    texts: dict[Layout, Path] = {}
    numbers = count()
    parquets: list[tuple[Source, Layout, Path]] = []
    recordings = work / "recordings"
    skipped: dict[int, Counter[str]] = {}
    known = {name: symbol for source in sources for name, symbol in source.known.items()}
    trades = 0
    work.mkdir(parents=True, exist_ok=True)
    for place, source in enumerate(sources):
        size = source.path.stat().st_size
        read = 0

        def advance(more: int, place: int = place, size: int = size) -> None:
            nonlocal read
            read += more
            show((place + min(read / size / 4, 0.99)) / len(sources))

        if isinstance(source.kind, Format):
            recordings.mkdir(parents=True, exist_ok=True)
            skipped[source.number] = frames.spool(source, naming, recordings, advance)
        elif source.format is Format.PARQUET:
            text = work / f"{source.number}.parquet"
            columnar.spool(source.path, source.kind, text, lambda rows: advance(rows * _BYTES_A_TRADE))
            parquets.append((source, source.kind, text))
        else:
            folder = texts.setdefault(source.kind, work / f"text-{len(texts)}")
            spool.spool(source, source.kind, folder, numbers, advance)
        if not read:
            raise InputError(f"{source.path} has no rows")
        trades += read // _BYTES_A_TRADE
    return Prepared(texts, recordings if recordings.exists() else None, tuple(parquets), trades, skipped, known)


def judged(spark: SparkSession, prepared: Prepared, naming: Naming) -> list[Judged]:
    """All of it as judged trades."""
    found = [
        one
        for layout, folder in prepared.texts.items()
        for one in reading.text(spark, folder, layout, naming, prepared.known)
    ]
    found += [reading.parquet(spark, *one, naming, prepared.known) for one in prepared.parquets]
    if prepared.recordings is not None:
        found.append(reading.frames(spark, prepared.recordings))
    return found
