"""Alarms and dashboards speak of metrics that the services write."""

import json
import re

import pytest
from infra.offline import layout

SOURCES = "\n".join(
    path.read_text()
    for folder in ("libs/connector/src", "libs/runtime/src", "services")
    for path in sorted((layout.ROOT / folder).rglob("*.py"))
    if "tests" not in path.parts
)
NAMESPACE = "CoatTail"


def metrics_of(stack: str) -> set[str]:
    """The names of our own metrics in a stack's alarms and dashboard."""
    names = set()
    for resource in json.loads((layout.RENDERED / "local" / f"{stack}.json").read_text())["resources"]:
        values = resource["values"]
        if resource["type"] == "aws_cloudwatch_metric_alarm" and values["namespace"] == NAMESPACE:
            names.add(values["metric_name"])
        elif resource["type"] == "aws_cloudwatch_dashboard":
            widgets = json.loads(values["dashboard_body"])["widgets"]
            lines = [line for widget in widgets for line in widget["properties"]["metrics"]]
            names |= {line[1] for line in lines if line[0] == NAMESPACE}
    return names


@pytest.mark.parametrize("stack", layout.deployed("local")[1:])
def test_every_metric_is_written_by_some_service(stack: str) -> None:
    names = metrics_of(stack)

    assert names
    assert {name for name in names if not re.search(rf"\b{name}\b", SOURCES)} == set()
