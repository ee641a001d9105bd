"""Lambda."""

import json
from typing import Any

from local_cloud.clients import Clients

from .outcome import Action, Outcome, differs, found, given
from .published import hash_of
from .values import Values

_MISSING = {"ResourceNotFoundException"}
_WAIT = {"Delay": 1, "MaxAttempts": 60}


def function(clients: Clients, values: Values) -> Outcome:
    """aws_lambda_function, of a zip in S3."""
    functions, name = clients.client("lambda"), values.text("function_name")
    code = {"S3Bucket": values.text("s3_bucket"), "S3Key": values.text("s3_key")}
    environment = values.optional_block("environment")
    wanted = given(
        Role=values.text("role"),
        Runtime=values.text("runtime"),
        Handler=values.text("handler"),
        Description=values.optional_text("description"),
        MemorySize=values.optional_number("memory_size"),
        Timeout=values.optional_number("timeout"),
        Environment={"Variables": environment.mapping("variables") if environment else {}},
    )
    present = found(lambda: functions.get_function_configuration(FunctionName=name), _MISSING)
    if present is None:
        architectures = values.texts("architectures")
        made = functions.create_function(FunctionName=name, Code=code, **wanted, **given(Architectures=architectures))
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=_WAIT)
        _reserve(functions, name, values)
        return Outcome(Action.CREATED, name, made["FunctionArn"])
    action = Action.UPDATED if _reserve(functions, name, values) else Action.UNCHANGED
    if present["CodeSha256"] != hash_of(clients.client("s3"), code["S3Bucket"], code["S3Key"]):
        functions.update_function_code(FunctionName=name, **code)
        functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=_WAIT)
        action = Action.UPDATED
    if differs(wanted, present):
        functions.update_function_configuration(FunctionName=name, **wanted)
        functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=_WAIT)
        action = Action.UPDATED
    return Outcome(action, name, present["FunctionArn"])


def permission(clients: Clients, values: Values) -> Outcome:
    """aws_lambda_permission."""
    functions = clients.client("lambda")
    name, statement = values.text("function_name"), values.text("statement_id")
    permission_id = f"{name}/{statement}"
    policy = found(lambda: functions.get_policy(FunctionName=name)["Policy"], _MISSING)
    if policy and any(each["Sid"] == statement for each in json.loads(policy)["Statement"]):
        return Outcome(Action.UNCHANGED, permission_id)
    functions.add_permission(
        FunctionName=name,
        StatementId=statement,
        Action=values.text("action"),
        Principal=values.text("principal"),
        **given(SourceArn=values.optional_text("source_arn"), SourceAccount=values.optional_text("source_account")),
    )
    return Outcome(Action.CREATED, permission_id)


def event_source_mapping(clients: Clients, values: Values) -> Outcome:
    """aws_lambda_event_source_mapping, of a Kinesis stream."""
    functions = clients.client("lambda")
    function_name, source = values.text("function_name"), values.text("event_source_arn")
    destination = values.optional_block("destination_config")
    on_failure = destination.optional_block("on_failure") if destination else None
    wanted = given(
        BatchSize=values.optional_number("batch_size"),
        MaximumBatchingWindowInSeconds=values.optional_number("maximum_batching_window_in_seconds"),
        ParallelizationFactor=values.optional_number("parallelization_factor"),
        BisectBatchOnFunctionError=values.optional_flag("bisect_batch_on_function_error"),
        MaximumRetryAttempts=values.optional_number("maximum_retry_attempts"),
        MaximumRecordAgeInSeconds=values.optional_number("maximum_record_age_in_seconds"),
        FunctionResponseTypes=values.texts("function_response_types"),
        DestinationConfig={"OnFailure": {"Destination": on_failure.text("destination_arn")}} if on_failure else None,
    )
    mappings = functions.list_event_source_mappings(EventSourceArn=source, FunctionName=function_name)
    if not mappings["EventSourceMappings"]:
        made = functions.create_event_source_mapping(
            FunctionName=function_name,
            EventSourceArn=source,
            StartingPosition=values.text("starting_position"),
            **wanted,
        )
        return Outcome(Action.CREATED, made["UUID"], made["EventSourceMappingArn"])
    present = mappings["EventSourceMappings"][0]
    if not differs(wanted, present):
        return Outcome(Action.UNCHANGED, present["UUID"], present["EventSourceMappingArn"])
    functions.update_event_source_mapping(UUID=present["UUID"], **wanted)
    return Outcome(Action.UPDATED, present["UUID"], present["EventSourceMappingArn"])


def invocation(clients: Clients, values: Values) -> Outcome:
    """aws_lambda_invocation: calls the function, and fails as it fails.

    Terraform calls it again when an argument has changed; here every deployment calls it, which it must stand anyway.
    """
    name = values.text("function_name")
    answer = clients.client("lambda").invoke(FunctionName=name, Payload=values.text("input").encode())
    if "FunctionError" in answer:
        raise RuntimeError(f"{name} answered {answer['Payload'].read().decode()}")
    return Outcome(Action.UNCHANGED, name)


def _reserve(functions: Any, name: str, values: Values) -> bool:
    """Whether the number of executions that are kept for the function had to be changed. -1: none are."""
    wanted = values.optional_number("reserved_concurrent_executions")
    if wanted is None or wanted < 0:
        return False
    if functions.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions") == wanted:
        return False
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=wanted)
    return True
