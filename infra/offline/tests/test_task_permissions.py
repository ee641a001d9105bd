"""What a task may do is what its code calls: no call is refused, and nothing is granted that is not called."""

import json
import re

import pytest
from infra.offline import layout

CONNECTOR = "libs/connector/src/coattail_connector"
RUNTIME = "libs/runtime/src/coattail_runtime"
CALLS = {
    "dynamodb": f"{CONNECTOR}/cursors/dynamodb.py",
    "events": f"{RUNTIME}/bus/background.py",
    "kinesis": "services/kinesis-writer/src/kinesis_writer/kinesis.py",
    "ssm": f"{CONNECTOR}/markets/listed/ssm.py",
}
"""The files that call AWS, by the service that they call."""
NOT_OF_A_TASK = f"{RUNTIME}/bus/bridge.py"
"""How Lambdas and the Spark application send events."""
OF_A_CONNECTOR = {"dynamodb", "events", "ssm"}
CALLED_BY = {
    **dict.fromkeys((stack for stack in layout.deployed("local") if stack in layout.CONNECTORS), OF_A_CONNECTOR),
    "kinesis-writer": {"kinesis"},
}


def called(service: str) -> set[str]:
    """The calls of a service as IAM names them: `put_records` is `kinesis:PutRecords`."""
    source = (layout.ROOT / CALLS[service]).read_text()
    names = re.findall(r"_client\.([a-z_]+)\(", source)
    assert names
    return {f"{service}:{''.join(part.capitalize() for part in name.split('_'))}" for name in names}


def granted(stack: str) -> set[str]:
    """The actions that a stack's task role allows."""
    document = json.loads((layout.RENDERED / "local" / f"{stack}.json").read_text())
    policies = [
        json.loads(resource["values"]["policy"])
        for resource in document["resources"]
        if resource["type"] == "aws_iam_role_policy" and ".task" in resource["address"]
    ]
    return {action for policy in policies for statement in policy["Statement"] for action in statement["Action"]}


@pytest.mark.parametrize(("stack", "services"), CALLED_BY.items())
def test_a_task_may_do_what_it_calls_and_nothing_else(stack: str, services: set[str]) -> None:
    assert granted(stack) == set().union(*map(called, services))


def test_nothing_else_of_the_services_calls_aws() -> None:
    """What calls from a new file is to be listed here, and granted."""
    callers = {
        str(path.relative_to(layout.ROOT))
        for folder in (CONNECTOR, RUNTIME, *(f"services/{stack}" for stack in CALLED_BY))
        for path in (layout.ROOT / folder).rglob("*.py")
        if "tests" not in path.parts and re.search(r"\bopen_client\(|create_client\(|import boto3", path.read_text())
    }

    assert callers == {*CALLS.values(), f"{RUNTIME}/aws.py", NOT_OF_A_TASK}


def test_no_task_sends_as_lambdas_and_spark_do() -> None:
    """The bus by boto3 is not among what a task's code calls."""
    folders = (CONNECTOR, *(f"services/{stack}" for stack in CALLED_BY))
    sources = [path.read_text() for folder in folders for path in (layout.ROOT / folder).rglob("*.py")]

    assert sources
    assert not [text for text in sources if "bus.bridge" in text]
