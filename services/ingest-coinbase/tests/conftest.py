import pytest

from coattail_common import telemetry
from coattail_common.connector import Reporter
from coattail_common.connector.testing import ReadableLog


@pytest.fixture
def log() -> ReadableLog:
    return ReadableLog()


@pytest.fixture
def reporter(log: ReadableLog) -> Reporter:
    return Reporter("ingest-test", log.logger, telemetry.metrics("ingest-test"))
