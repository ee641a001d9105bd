"""ECS and ECR: declared and kept; nothing here starts a container."""

from typing import Any

from local_cloud.clients import Clients

from .outcome import Action, Outcome, differs, found, given
from .values import Values


def cluster(clients: Clients, values: Values) -> Outcome:
    """aws_ecs_cluster."""
    ecs, name = clients.client("ecs"), values.text("name")
    active = [each for each in ecs.describe_clusters(clusters=[name])["clusters"] if each["status"] == "ACTIVE"]
    if active:
        return Outcome(Action.UNCHANGED, name, active[0]["clusterArn"])
    settings = [{"name": each.text("name"), "value": each.text("value")} for each in values.blocks("setting")]
    made = ecs.create_cluster(clusterName=name, **given(settings=settings))["cluster"]
    return Outcome(Action.CREATED, name, made["clusterArn"])


def cluster_capacity_providers(clients: Clients, values: Values) -> Outcome:
    """aws_ecs_cluster_capacity_providers."""
    ecs, name = clients.client("ecs"), values.text("cluster_name")
    wanted = sorted(values.texts("capacity_providers"))
    present = ecs.describe_clusters(clusters=[name])["clusters"][0]
    if sorted(present.get("capacityProviders", [])) == wanted:
        return Outcome(Action.UNCHANGED, name, present["clusterArn"])
    strategy = [_strategy(each) for each in values.blocks("default_capacity_provider_strategy")]
    ecs.put_cluster_capacity_providers(cluster=name, capacityProviders=wanted, defaultCapacityProviderStrategy=strategy)
    return Outcome(Action.UPDATED, name, present["clusterArn"])


def task_definition(clients: Clients, values: Values) -> Outcome:
    """aws_ecs_task_definition. A new revision only where something changed, as with Terraform."""
    ecs, family = clients.client("ecs"), values.text("family")
    wanted = given(
        containerDefinitions=values.document("container_definitions"),
        cpu=values.optional_text("cpu"),
        memory=values.optional_text("memory"),
        networkMode=values.optional_text("network_mode"),
        requiresCompatibilities=values.texts("requires_compatibilities"),
        executionRoleArn=values.optional_text("execution_role_arn"),
        taskRoleArn=values.optional_text("task_role_arn"),
    )
    present = found(lambda: ecs.describe_task_definition(taskDefinition=family)["taskDefinition"], {"ClientException"})
    if present and not differs(_comparable(wanted), _comparable(present)):
        return Outcome(Action.UNCHANGED, family, present["taskDefinitionArn"])
    made = ecs.register_task_definition(family=family, **wanted)["taskDefinition"]
    return Outcome(Action.UPDATED if present else Action.CREATED, family, made["taskDefinitionArn"])


def service(clients: Clients, values: Values) -> Outcome:
    """aws_ecs_service. Registered with its wanted count; its containers are processes that others start."""
    ecs, name, cluster_name = clients.client("ecs"), values.text("name"), values.text("cluster")
    # The plan knows the family; the revision is the registry's newest.
    family = values.text("task_definition").rpartition("/")[2].partition(":")[0]
    wanted = {"desiredCount": values.optional_number("desired_count") or 0}
    found_services = ecs.describe_services(cluster=cluster_name, services=[name])["services"]
    present = next((each for each in found_services if each["status"] == "ACTIVE"), None)
    revision = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]["taskDefinitionArn"]
    if present is None:
        strategy = [_strategy(each) for each in values.blocks("capacity_provider_strategy")]
        made = ecs.create_service(
            cluster=cluster_name,
            serviceName=name,
            taskDefinition=revision,
            **wanted,
            **given(launchType=values.optional_text("launch_type"), capacityProviderStrategy=strategy),
        )
        return Outcome(Action.CREATED, name, made["service"]["serviceArn"])
    if differs(wanted | {"taskDefinition": revision}, present):
        ecs.update_service(cluster=cluster_name, service=name, taskDefinition=revision, **wanted)
        return Outcome(Action.UPDATED, name, present["serviceArn"])
    return Outcome(Action.UNCHANGED, name, present["serviceArn"])


def repository(clients: Clients, values: Values) -> Outcome:
    """aws_ecr_repository."""
    ecr, name = clients.client("ecr"), values.text("name")
    if present := found(lambda: ecr.describe_repositories(repositoryNames=[name]), {"RepositoryNotFoundException"}):
        return Outcome(Action.UNCHANGED, name, present["repositories"][0]["repositoryArn"])
    made = ecr.create_repository(
        repositoryName=name, **given(imageTagMutability=values.optional_text("image_tag_mutability"))
    )
    return Outcome(Action.CREATED, name, made["repository"]["repositoryArn"])


def _strategy(block: Values) -> dict[str, Any]:
    return given(
        capacityProvider=block.text("capacity_provider"),
        weight=block.optional_number("weight"),
        base=block.optional_number("base"),
    )


def _comparable(definition: dict[str, Any]) -> dict[str, Any]:
    """Without what the registry adds to container definitions: empty lists and defaults."""
    containers = [
        {name: value for name, value in container.items() if value not in ([], {}, 0, True, "")}
        for container in definition["containerDefinitions"]
    ]
    return definition | {"containerDefinitions": containers}
