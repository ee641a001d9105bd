"""What the Lambda's tests share."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from aws_lambda_powertools import Logger

from coattail_runtime import telemetry
from coattail_testkit.quality import FakeDeadLetters
from dq_lambda.validation import Validation


@pytest.fixture
def log() -> Logger:
    return telemetry.logger("dq-lambda", "CRITICAL")


@pytest.fixture
def dead_letters() -> FakeDeadLetters:
    return FakeDeadLetters()


@pytest.fixture
def writers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
def validation(dead_letters: FakeDeadLetters, writers: ThreadPoolExecutor, log: Logger) -> Validation:
    ticks = itertools.count(1_700_000_100_000_000)
    return Validation(dead_letters, 60, writers, log, clock=lambda: next(ticks))
