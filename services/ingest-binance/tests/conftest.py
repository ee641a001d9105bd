import pytest

from coattail_connector import Reporter
from coattail_runtime import telemetry
from coattail_testing.connector import ReadableLog


@pytest.fixture
def log() -> ReadableLog:
    return ReadableLog()


@pytest.fixture
def reporter(log: ReadableLog) -> Reporter:
    return Reporter("ingest-test", log.logger, telemetry.metrics("ingest-test"))
