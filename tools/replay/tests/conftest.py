"""The engines, one local Spark for all tests that need it, and small files of each format."""

import gzip
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from tools.replay.tests.engines import ArrowRows, Engine, SparkRows

from coattail_replay.layout import JARS
from coattail_replay.naming import Naming
from coattail_replay.sources import Source
from coattail_replay.spark.local_spark import local_spark
from coattail_replay.spark.preparing import prepare


@pytest.fixture(params=["arrow", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    if request.param == "arrow":
        return ArrowRows(tmp_path)
    return SparkRows(request.getfixturevalue("spark"), tmp_path)


@pytest.fixture(params=["arrow", "spark"])
def reads(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Sequence[Source], Naming], object]:
    """Reads files to their ends, as each engine does before it starts."""
    if request.param == "arrow":
        return ArrowRows(tmp_path).read
    return lambda sources, naming: prepare(sources, naming, tmp_path / "spark", lambda _: None)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    folder = tmp_path_factory.mktemp("spark")
    with local_spark(folder / "warehouse", folder / "work", JARS, "2g") as running:
        yield running.session


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes lines to a file of that name; packs it when the name says so."""

    def write(name: str, lines: Sequence[str | bytes]) -> Path:
        path = tmp_path / name
        content = b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)
        if name.endswith(".gz"):
            path.write_bytes(gzip.compress(content))
        elif name.endswith(".zip"):
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(name.replace(".zip", ".csv"), content)
        else:
            path.write_bytes(content)
        return path

    return write
