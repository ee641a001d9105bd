"""What the writer reports in logs and to CloudWatch."""

import json

import pytest
from aws_lambda_powertools import Metrics

from coattail_runtime import telemetry
from kinesis_writer.metrics import Depth, WriterMetrics
from kinesis_writer.reachability import Reachability


@pytest.fixture
def metrics() -> Metrics:
    return telemetry.metrics("kinesis-writer")


def test_the_figures_are_one_emf_line(metrics: Metrics, capsys: pytest.CaptureFixture[str]) -> None:
    written = WriterMetrics(record_bytes=1_000)
    written.trades, written.records, written.refused, written.retries, written.bytes = 30, 2, 1, 3, 1_500

    written.report(metrics, oldest_ms=12.5)

    line = json.loads(capsys.readouterr().out)
    names = {metric["Name"] for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert {name: line[name] for name in names} == {
        "TradesAccepted": [30],
        "RecordsSent": [2],
        "RecordsRefused": [1],
        "Retries": [3],
        "Bytes": [1_500],
        "BatchFill": [75],
        "OldestUnacceptedMs": [12.5],
    }
    assert (line["_aws"]["CloudWatchMetrics"][0]["Namespace"], line["service"]) == ("CoatTail", "kinesis-writer")


def test_the_depth_of_the_spool_is_told_where_there_is_one(
    metrics: Metrics, capsys: pytest.CaptureFixture[str]
) -> None:
    WriterMetrics(record_bytes=1_000).report(metrics, oldest_ms=0, spool=Depth(bytes=4_096, damaged=1))

    line = json.loads(capsys.readouterr().out)
    assert (line["SpoolBytes"], line["SpoolDamaged"]) == ([4_096], [1])


def test_each_report_begins_again(metrics: Metrics, capsys: pytest.CaptureFixture[str]) -> None:
    written = WriterMetrics(record_bytes=1_000)
    written.trades = 30
    written.report(metrics, oldest_ms=0)
    capsys.readouterr()

    written.report(metrics, oldest_ms=0)

    assert json.loads(capsys.readouterr().out)["TradesAccepted"] == [0]


class FakeClock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time now."""
        return self.now


def test_an_outage_is_told_once_and_so_is_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    clock = FakeClock()
    reachability = Reachability("crypto-pulse-trades", telemetry.logger("outage"), clock=clock)
    for _ in range(3):
        reachability.down("no answer")
    assert reachability.reason == "no answer"
    for _ in range(3):
        clock.now += 10
        reachability.up()
    assert reachability.answers

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["level"] for line in lines] == ["WARNING", "INFO"]
    assert lines[0]["error"] == "no answer"
    assert lines[0]["stream"] == "crypto-pulse-trades"


def test_a_stream_of_which_some_calls_fail_is_one_outage(capsys: pytest.CaptureFixture[str]) -> None:
    clock = FakeClock()
    reachability = Reachability("crypto-pulse-trades", telemetry.logger("some"), clock=clock)
    for _ in range(50):
        clock.now += 1
        reachability.down("no answer")
        assert not reachability.answers
        clock.now += 9.9
        reachability.up()
        assert reachability.answers
    clock.now += 0.1
    reachability.up()
    reachability.down("no answer")

    levels = [json.loads(line)["level"] for line in capsys.readouterr().out.splitlines()]
    assert levels == ["WARNING", "INFO", "WARNING"]
