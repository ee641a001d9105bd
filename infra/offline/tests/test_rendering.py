"""From a plan to the document that is kept: what is said, what is unknown and where it comes from."""

import json
from typing import Any

from infra.offline.rendering import render


def plan() -> dict[str, Any]:
    """A plan in the form of `terraform show -json`: an application in a module, and a parameter that holds its id."""
    application = {
        "address": "module.app.aws_application.this",
        "module_address": "module.app",
        "mode": "managed",
        "type": "aws_application",
        "name": "this",
        "change": {
            "after": {
                "name": "detectors",
                "image": None,
                "labels": {},
                "network": [{"groups": [None], "public": False}],
            },
            "after_unknown": {"id": True, "labels": {}, "network": [{"groups": [True]}]},
        },
    }
    parameter = {
        "address": 'aws_parameter.id["x"]',
        "mode": "managed",
        "type": "aws_parameter",
        "name": "id",
        "index": "x",
        "change": {"after": {"name": "/id"}, "after_unknown": {"value": True, "version": True}},
    }
    module = {
        "resources": [
            {
                "address": "aws_application.this",
                "expressions": {"network": [{"groups": {"references": ["var.group"]}}]},
            }
        ],
        "outputs": {"id": {"expression": {"references": ["aws_application.this.id", "aws_application.this"]}}},
    }
    root = {
        "resources": [
            {
                "address": "aws_parameter.id",
                "expressions": {"value": {"references": ["module.app.id", "module.app"]}},
            }
        ],
        "module_calls": {
            "app": {
                "module": module,
                "expressions": {"group": {"references": ["aws_group.workers.id", "aws_group.workers"]}},
            }
        },
    }
    return {
        "resource_changes": [parameter, application],
        "configuration": {
            "provider_config": {"aws": {"version_constraint": "~> 6.25"}},
            "root_module": root,
        },
    }


GRAPH = '"aws_parameter.id" -> "module.app.aws_application.this";'


def test_the_document_says_which_stack_it_is_and_when_its_turn_comes() -> None:
    document = json.loads(render("kinesis-writer", plan(), GRAPH))

    assert (document["format_version"], document["stack"], document["order"]) == (1, "kinesis-writer", 2)
    assert document["terraform"] == "hashicorp/aws ~> 6.25"
    assert [resource["type"] for resource in document["resources"]] == ["aws_application", "aws_parameter"]


def test_what_is_null_or_empty_is_left_out_and_false_is_not() -> None:
    application = json.loads(render("platform", plan(), GRAPH))["resources"][0]

    assert application["values"] == {"name": "detectors", "network": [{"public": False}]}


def test_unknown_values_are_named_with_where_they_come_from() -> None:
    application, parameter = json.loads(render("platform", plan(), GRAPH))["resources"]

    assert application["unknown"] == ["id", "network[0].groups[0]"]
    assert application["references"] == {"network[0].groups[0]": ["aws_group.workers.id"]}
    assert parameter["index"] == "x"
    assert parameter["unknown"] == ["value", "version"]
    assert parameter["references"] == {"value": ["module.app.aws_application.this.id"]}


def test_the_same_plan_gives_the_same_text() -> None:
    assert render("platform", plan(), GRAPH) == render("platform", plan(), GRAPH)


def test_one_for_each_of_another_takes_its_values_from_that_ones_instance() -> None:
    changed = plan()
    service = {
        "address": 'module.app.aws_service.this["a"]',
        "module_address": "module.app",
        "mode": "managed",
        "type": "aws_service",
        "name": "this",
        "index": "a",
        "change": {"after": {"name": "a"}, "after_unknown": {"definition": True}},
    }
    changed["resource_changes"].append(service)
    changed["configuration"]["root_module"]["module_calls"]["app"]["module"]["resources"].append(
        {
            "address": "aws_service.this",
            "expressions": {"definition": {"references": ["each.value.arn", "each.value"]}},
            "for_each_expression": {"references": ["aws_definition.this"]},
        }
    )
    (kept,) = (
        resource
        for resource in json.loads(render("platform", changed, GRAPH))["resources"]
        if resource["type"] == "aws_service"
    )
    assert kept["references"] == {"definition": ['module.app.aws_definition.this["a"].arn']}
