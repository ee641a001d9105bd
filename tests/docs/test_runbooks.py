"""The runbooks speak of metrics and log lines that the services write, and of alarms that are declared."""

import re
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

_RUNBOOKS: Final = "docs/runbooks/"
_PARTS: Final = ["Symptom", "Look", "Do"]


@pytest.fixture(scope="module")
def sources(project_files: list[Path], root: Path) -> str:
    """What the services and their library say."""
    return "\n".join(
        path.read_text()
        for path in project_files
        if path.suffix == ".py" and path.is_relative_to(root / "services") | path.is_relative_to(root / "libs")
        if "tests" not in path.parts
    )


def _runbooks(documents: list[Any]) -> list[Any]:
    return [one for one in documents if one.name.startswith(_RUNBOOKS)]


def test_every_metric_is_written_by_some_service(documents: list[Any], sources: str) -> None:
    named = {
        (one.name, metric)
        for one in _runbooks(documents)
        for cells in one.tables("metric")
        for cell in cells
        for metric in re.findall(r"`(\w+)`", cell)
    }

    assert named
    written = re.compile(
        r'(?:add_metric\(|single_metric\(\s*|MetricUnit\.\w+, )"(\w+)"|^ +([A-Z]\w+)=.*,$', re.MULTILINE
    )
    names = {name for pair in written.findall(sources) for name in pair if name}
    assert {(name, metric) for name, metric in named if metric not in names} == set()


@pytest.mark.parametrize(
    "line",
    [
        "connection ended; reconnecting",
        "trades are missing",
        "frame refused",
        "the stream does not answer; trades are kept and it is tried again",
        "module failed",
        "query ended",
        "table differs",
        "table failed; the others go on",
        "catalog checked",
        "ended; every trade is accepted",
        "ended with everything in the stream",
        "ended with trades that were not accepted",
        "stopped before the last landing",
    ],
)
def test_every_log_line_is_written_and_explained(line: str, documents: list[Any], sources: str) -> None:
    assert f'"{line}' in sources
    assert any(line in one.text.replace("\n", " ") for one in _runbooks(documents))


def test_every_alarm_is_declared(documents: list[Any], root: Path) -> None:
    declared = "\n".join(path.read_text() for path in (root / "infra").glob("*/*/monitoring.tf"))
    listed = next(one for one in documents if one.name == f"{_RUNBOOKS}README.md").text
    alarms = re.findall(r"`(?:coattail-<env>-[a-z…-]+|…)-(silent|stuck|behind|not-landing|module-failing)`", listed)

    assert {"silent", "stuck", "behind", "not-landing", "module-failing"} == set(alarms)
    assert {alarm for alarm in alarms if not re.search(rf"\b{alarm}\b", declared)} == set()


def test_every_alarm_has_a_runbook(documents: list[Any], root: Path) -> None:
    listed = next(one for one in documents if one.name == f"{_RUNBOOKS}README.md").text
    alarms = {
        resource["values"]["alarm_name"]
        for plan in (root / "infra/rendered/local").glob("*.json")
        for resource in msgspec.json.decode(plan.read_bytes())["resources"]
        if resource["type"] == "aws_cloudwatch_metric_alarm"
    }
    kinds = re.compile(
        r"coattail-local-(?:catalog-lambda|dq-lambda|ingest-[a-z]+|kinesis-writer|stream-detectors)-(.+)"
    )

    assert alarms
    assert {name for name in alarms if not _told_of(kinds.sub(r"\1", name), listed)} == set()


def _told_of(kind: str, listed: str) -> bool:
    return f"-{kind}`" in listed or (kind.startswith("gap-") and "-gap-<market>`" in listed)


def test_each_says_what_is_seen_where_to_look_and_what_to_do(documents: list[Any]) -> None:
    """Restarting is done on purpose: it has no symptom."""
    on_purpose = {f"{_RUNBOOKS}README.md", f"{_RUNBOOKS}restart-and-recovery.md"}
    for one in _runbooks(documents):
        if one.name not in on_purpose:
            assert re.findall(r"^## (.+)$", one.text, re.MULTILINE) == _PARTS, one.name
