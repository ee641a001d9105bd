"""What counts as success and as failure: AWS's own list."""

import json

import pytest
from localstack_host_plugin.event_source.responses import taken_of
from localstack_host_plugin.event_source.seams import Answer
from localstack_host_plugin.event_source.testing import FAILED, records_of

BATCH = records_of("a", "b", "c")


def answer(value: object) -> Answer:
    return Answer(json.dumps(value).encode(), None, "request")


@pytest.mark.parametrize("value", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}, {"other": 1}, ""])
def test_success(value: object) -> None:
    assert taken_of(BATCH, answer(value), reports_failures=True) == 3


@pytest.mark.parametrize(
    "failure", [{"itemIdentifier": ""}, {"itemIdentifier": None}, {"identifier": "1"}, {}, "1", {"itemIdentifier": "9"}]
)
def test_complete_failure(failure: object) -> None:
    assert taken_of(BATCH, answer({"batchItemFailures": [failure]}), reports_failures=True) == 0


@pytest.mark.parametrize("value", ["text", [1], {"batchItemFailures": "1"}])
def test_an_answer_of_another_shape_is_a_complete_failure(value: object) -> None:
    assert taken_of(BATCH, answer(value), reports_failures=True) == 0


def test_the_lowest_of_several_counts() -> None:
    failures = [{"itemIdentifier": "3"}, {"itemIdentifier": "2"}]
    assert taken_of(BATCH, answer({"batchItemFailures": failures}), reports_failures=True) == 1


def test_an_error_takes_nothing_whatever_the_mapping_says() -> None:
    assert taken_of(BATCH, FAILED, reports_failures=False) == 0
    assert taken_of(BATCH, answer({"batchItemFailures": [{"itemIdentifier": "1"}]}), reports_failures=False) == 3
