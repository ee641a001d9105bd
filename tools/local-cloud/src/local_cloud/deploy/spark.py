"""EMR Serverless."""

from typing import Any

from local_cloud.clients import Clients

from .outcome import Action, Outcome, differs, given
from .values import Values


def application(clients: Clients, values: Values) -> Outcome:
    """aws_emrserverless_application. Its id is the service's choice, so it is found by its name."""
    emr, name = clients.client("emr-serverless"), values.text("name")
    wanted = given(
        releaseLabel=values.text("release_label"),
        runtimeConfiguration=[
            {"classification": block.text("classification"), "properties": block.mapping("properties")}
            for block in values.blocks("runtime_configuration")
        ],
        initialCapacity={
            block.text("initial_capacity_type"): _capacity(block) for block in values.blocks("initial_capacity")
        },
        maximumCapacity=_maximum(values.optional_block("maximum_capacity")),
        autoStartConfiguration=_auto_start(values.optional_block("auto_start_configuration")),
        autoStopConfiguration=_auto_stop(values.optional_block("auto_stop_configuration")),
        networkConfiguration=_network(values.optional_block("network_configuration")),
    )
    if (application_id := _find(emr, name)) is None:
        made = emr.create_application(
            name=name,
            type=values.text("type").upper(),
            tags=values.mapping("tags_all") or values.mapping("tags"),
            **wanted,
            **given(architecture=values.optional_text("architecture")),
        )
        return Outcome(Action.CREATED, made["applicationId"], made["arn"])
    present = emr.get_application(applicationId=application_id)["application"]
    if not differs(wanted, present):
        return Outcome(Action.UNCHANGED, application_id, present["arn"])
    # An application that is started cannot be changed.
    emr.stop_application(applicationId=application_id)
    emr.update_application(applicationId=application_id, **wanted)
    emr.start_application(applicationId=application_id)
    return Outcome(Action.UPDATED, application_id, present["arn"])


def _find(emr: Any, name: str) -> str | None:
    pages = emr.get_paginator("list_applications").paginate()
    living = (app for page in pages for app in page["applications"] if app["state"] != "TERMINATED")
    return next((app["id"] for app in living if app.get("name") == name), None)


def _capacity(block: Values) -> dict[str, Any]:
    config = block.block("initial_capacity_config")
    worker = config.block("worker_configuration")
    return {
        "workerCount": config.number("worker_count"),
        "workerConfiguration": given(
            cpu=worker.text("cpu"), memory=worker.text("memory"), disk=worker.optional_text("disk")
        ),
    }


def _maximum(block: Values | None) -> dict[str, Any] | None:
    if block is None:
        return None
    return given(cpu=block.text("cpu"), memory=block.text("memory"), disk=block.optional_text("disk"))


def _auto_start(block: Values | None) -> dict[str, Any] | None:
    return {"enabled": block.flag("enabled")} if block else None


def _auto_stop(block: Values | None) -> dict[str, Any] | None:
    if block is None:
        return None
    return given(enabled=block.flag("enabled"), idleTimeoutMinutes=block.optional_number("idle_timeout_minutes"))


def _network(block: Values | None) -> dict[str, Any] | None:
    if block is None:
        return None
    return given(subnetIds=block.texts("subnet_ids"), securityGroupIds=block.texts("security_group_ids")) or None
