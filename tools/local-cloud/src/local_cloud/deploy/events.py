"""EventBridge and SQS."""

from typing import Any

from local_cloud.clients import Clients

from .outcome import Action, Outcome, differs, found, given
from .values import Values

_DEFAULT_BUS = "default"


def bus(clients: Clients, values: Values) -> Outcome:
    """aws_cloudwatch_event_bus."""
    events, name = clients.client("events"), values.text("name")
    if present := found(lambda: events.describe_event_bus(Name=name), {"ResourceNotFoundException"}):
        return Outcome(Action.UNCHANGED, name, present["Arn"])
    return Outcome(Action.CREATED, name, events.create_event_bus(Name=name)["EventBusArn"])


def rule(clients: Clients, values: Values) -> Outcome:
    """aws_cloudwatch_event_rule."""
    events, name = clients.client("events"), values.text("name")
    on_bus = values.optional_text("event_bus_name") or _DEFAULT_BUS
    wanted = given(
        EventPattern=values.optional_text("event_pattern"),
        ScheduleExpression=values.optional_text("schedule_expression"),
        Description=values.optional_text("description"),
        State=values.optional_text("state") or "ENABLED",
        RoleArn=values.optional_text("role_arn"),
    )
    present = found(lambda: events.describe_rule(Name=name, EventBusName=on_bus), {"ResourceNotFoundException"})
    if present and not differs(wanted, present):
        return Outcome(Action.UNCHANGED, f"{on_bus}/{name}", present["Arn"])
    arn = events.put_rule(Name=name, EventBusName=on_bus, **wanted)["RuleArn"]
    return Outcome(Action.UPDATED if present else Action.CREATED, f"{on_bus}/{name}", arn)


def target(clients: Clients, values: Values) -> Outcome:
    """aws_cloudwatch_event_target."""
    events, rule_name = clients.client("events"), values.text("rule")
    on_bus = values.optional_text("event_bus_name") or _DEFAULT_BUS
    wanted = given(
        Id=values.text("target_id"),
        Arn=values.text("arn"),
        RoleArn=values.optional_text("role_arn"),
        Input=values.optional_text("input"),
        InputPath=values.optional_text("input_path"),
    )
    target_id = f"{on_bus}/{rule_name}/{wanted['Id']}"
    targets = events.list_targets_by_rule(Rule=rule_name, EventBusName=on_bus)["Targets"]
    present = next((each for each in targets if each["Id"] == wanted["Id"]), None)
    if present == wanted:
        return Outcome(Action.UNCHANGED, target_id)
    answer = events.put_targets(Rule=rule_name, EventBusName=on_bus, Targets=[wanted])
    for refused in answer["FailedEntries"]:
        raise RuntimeError(f"{refused['ErrorCode']}: {refused['ErrorMessage']}")
    return Outcome(Action.UPDATED if present else Action.CREATED, target_id)


def queue(clients: Clients, values: Values) -> Outcome:
    """aws_sqs_queue."""
    sqs, name = clients.client("sqs"), values.text("name")
    wanted = _queue_attributes(values)
    missing = {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}
    url = found(lambda: sqs.get_queue_url(QueueName=name)["QueueUrl"], missing)
    if url is None:
        url = sqs.create_queue(QueueName=name, Attributes=wanted)["QueueUrl"]
        return Outcome(Action.CREATED, url, _attributes(sqs, url)["QueueArn"])
    present = _attributes(sqs, url)
    if differs(wanted, present):
        sqs.set_queue_attributes(QueueUrl=url, Attributes=wanted)
        return Outcome(Action.UPDATED, url, present["QueueArn"])
    return Outcome(Action.UNCHANGED, url, present["QueueArn"])


def queue_policy(clients: Clients, values: Values) -> Outcome:
    """aws_sqs_queue_policy. The plan's address of the queue is AWS's; here only its name counts."""
    sqs = clients.client("sqs")
    url = sqs.get_queue_url(QueueName=values.text("queue_url").rpartition("/")[2])["QueueUrl"]
    policy = values.text("policy")
    if _attributes(sqs, url).get("Policy") == policy:
        return Outcome(Action.UNCHANGED, url)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return Outcome(Action.UPDATED, url)


def _queue_attributes(values: Values) -> dict[str, str]:
    numbers = given(
        DelaySeconds=values.optional_number("delay_seconds"),
        MaximumMessageSize=values.optional_number("max_message_size"),
        MessageRetentionPeriod=values.optional_number("message_retention_seconds"),
        ReceiveMessageWaitTimeSeconds=values.optional_number("receive_wait_time_seconds"),
        VisibilityTimeout=values.optional_number("visibility_timeout_seconds"),
    )
    attributes = {name: str(number) for name, number in numbers.items()}
    if values.flag("fifo_queue"):
        attributes["FifoQueue"] = "true"
    if (managed := values.optional_flag("sqs_managed_sse_enabled")) is not None:
        attributes["SqsManagedSseEnabled"] = str(managed).lower()
    return attributes | given(RedrivePolicy=values.optional_text("redrive_policy"))


def _attributes(sqs: Any, url: str) -> dict[str, str]:
    attributes: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return attributes
