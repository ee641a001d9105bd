import os
from pathlib import Path

import pytest

from coattail_common import telemetry
from coattail_common.connector import Reporter
from coattail_common.connector.testing import ReadableLog

_REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def recordings() -> Path:
    """The folder of recordings beside the repository, or the one `COATTAIL_SHARED` names."""
    folder = Path(os.environ.get("COATTAIL_SHARED", _REPOSITORY.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"no recordings at {folder}; set COATTAIL_SHARED to the folder that holds data/")
    return folder


@pytest.fixture
def log() -> ReadableLog:
    return ReadableLog()


@pytest.fixture
def reporter(log: ReadableLog) -> Reporter:
    return Reporter("ingest-test", log.logger, telemetry.metrics("ingest-test"))
