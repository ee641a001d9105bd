"""Promises about everything that is deployed, checked on the plan that is kept in the repository."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from infra.offline import layout

STACKS = [json.loads((layout.RENDERED / "local" / f"{name}.json").read_text()) for name in layout.deployed("local")]
RESOURCES: list[dict[str, Any]] = [resource for stack in STACKS for resource in stack["resources"]]

WITHOUT_RESOURCE = {"ecr:GetAuthorizationToken"}
"""Actions for which AWS knows no resource: the only ones that may be allowed on "*"."""


def of_type(resource_type: str) -> list[dict[str, Any]]:
    """The values of all resources of a type."""
    return [resource["values"] for resource in RESOURCES if resource["type"] == resource_type]


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every role's policy, with the role's name."""
    for policy in of_type("aws_iam_role_policy"):
        for statement in json.loads(policy["policy"])["Statement"]:
            yield policy["role"], statement


def as_list(value: str | list[str]) -> list[str]:
    """IAM lets a list of one be written without the list."""
    return [value] if isinstance(value, str) else value


def test_each_policy_is_known_before_it_is_applied() -> None:
    roles = {role["name"] for role in of_type("aws_iam_role")}

    assert {role for role, _ in statements()} == roles


@pytest.mark.parametrize(
    ("role", "statement"), list(statements()), ids=lambda value: value if isinstance(value, str) else value["Sid"]
)
def test_no_wildcard_where_aws_knows_a_resource(role: str, statement: dict[str, Any]) -> None:
    for action in as_list(statement["Action"]):
        assert "*" not in action, f"{role} may do anything of a service"
        if action not in WITHOUT_RESOURCE:
            assert all(arn.startswith("arn:aws:") for arn in as_list(statement["Resource"])), f"{role}: {action}"


def test_no_role_may_change_roles() -> None:
    for role, statement in statements():
        assert not any(action.startswith(("iam:", "sts:")) for action in as_list(statement["Action"])), role


def test_only_the_own_account_takes_a_role_on() -> None:
    for role in of_type("aws_iam_role"):
        for statement in json.loads(role["assume_role_policy"])["Statement"]:
            if statement["Principal"] == {"Service": "lambda.amazonaws.com"}:
                # Lambda takes on roles of a function's own account alone, and does not document the condition.
                continue
            assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == "000000000000", role["name"]


def test_scheduler_takes_a_role_on_for_one_group() -> None:
    """Scheduler names a schedule's group as the source: a role that trusts any group would serve everyone who may make schedules."""
    groups = {group["arn"] for group in of_type("aws_scheduler_schedule_group")}
    trusting = {
        statement["Condition"]["StringEquals"]["aws:SourceArn"]
        for role in of_type("aws_iam_role")
        for statement in json.loads(role["assume_role_policy"])["Statement"]
        if statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
    }

    assert groups
    assert trusting == groups


def test_rules_have_no_schedule() -> None:
    """AWS calls scheduled rules legacy; EventBridge Scheduler is what invokes at a time."""
    assert [rule["name"] for rule in of_type("aws_cloudwatch_event_rule") if "schedule_expression" in rule] == []


def test_every_bucket_is_private_and_encrypted() -> None:
    buckets = {bucket["bucket"] for bucket in of_type("aws_s3_bucket")}

    assert buckets == {f"coattail-local-{purpose}" for purpose in ("lake", "checkpoints", "artifacts", "dead-letters")}
    blocks = of_type("aws_s3_bucket_public_access_block")
    assert {block["bucket"] for block in blocks} == buckets
    for block in blocks:
        assert all(value for value in block.values())
    assert {rule["bucket"] for rule in of_type("aws_s3_bucket_server_side_encryption_configuration")} == buckets


def test_the_seals_can_be_brought_back() -> None:
    versioned = {
        setting["bucket"]
        for setting in of_type("aws_s3_bucket_versioning")
        if setting["versioning_configuration"] == [{"status": "Enabled"}]
    }
    expiring = {
        lifecycle["bucket"]
        for lifecycle in of_type("aws_s3_bucket_lifecycle_configuration")
        for rule in lifecycle["rule"]
        if rule.get("noncurrent_version_expiration") == [{"noncurrent_days": 30}]
    }

    assert "coattail-local-checkpoints" in versioned
    assert versioned == expiring, "a versioned bucket forgets earlier versions in time"


def test_the_local_environment_is_disposable() -> None:
    assert all(bucket["force_destroy"] for bucket in of_type("aws_s3_bucket"))


def test_every_service_that_is_an_image_has_a_repository_that_keeps_its_versions() -> None:
    services = [name for name in layout.deployed("local") if name != "platform" and not name.endswith("-lambda")]
    repositories = {
        repository["name"]: repository["image_tag_mutability"] for repository in of_type("aws_ecr_repository")
    }

    assert repositories == {f"coattail-local/{name}": "IMMUTABLE" for name in services}


def test_the_detectors_have_no_image_locally() -> None:
    [application] = of_type("aws_emrserverless_application")

    assert "image_configuration" not in application
    assert not of_type("aws_ecr_repository_policy")


def test_every_resource_that_takes_tags_says_whose_it_is() -> None:
    for resource in RESOURCES:
        tags = resource["values"].get("tags_all")
        assert tags is None or {"Project", "Environment", "Stack"} <= tags.keys(), resource["address"]


def test_a_resource_comes_after_what_its_unknown_arguments_refer_to() -> None:
    for stack in STACKS:
        seen: set[str] = set()
        for resource in stack["resources"]:
            for sources in resource.get("references", {}).values():
                assert all(any(source.startswith(address + ".") for address in seen) for source in sources)
            seen.add(resource["address"])
