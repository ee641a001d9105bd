"""EventBridge Scheduler. LocalStack keeps a schedule and never fires it."""

from typing import Final

from local_cloud.clients import Clients

from .outcome import Action, Outcome, differs, found, given
from .values import Values

_MISSING: Final = frozenset({"ResourceNotFoundException"})
_DEFAULT_GROUP: Final = "default"


def group(clients: Clients, values: Values) -> Outcome:
    """aws_scheduler_schedule_group."""
    scheduler, name = clients.client("scheduler"), values.text("name")
    if present := found(lambda: scheduler.get_schedule_group(Name=name), _MISSING):
        return Outcome(Action.UNCHANGED, name, present["Arn"])
    return Outcome(Action.CREATED, name, scheduler.create_schedule_group(Name=name)["ScheduleGroupArn"])


def schedule(clients: Clients, values: Values) -> Outcome:
    """aws_scheduler_schedule."""
    scheduler, name = clients.client("scheduler"), values.text("name")
    in_group = values.optional_text("group_name") or _DEFAULT_GROUP
    window = values.block("flexible_time_window")
    wanted = given(
        Description=values.optional_text("description"),
        ScheduleExpression=values.text("schedule_expression"),
        ScheduleExpressionTimezone=values.optional_text("schedule_expression_timezone"),
        FlexibleTimeWindow=given(
            Mode=window.text("mode"), MaximumWindowInMinutes=window.optional_number("maximum_window_in_minutes")
        ),
        State=values.optional_text("state"),
        Target=_target(values.block("target")),
    )
    schedule_id = f"{in_group}/{name}"
    present = found(lambda: scheduler.get_schedule(Name=name, GroupName=in_group), _MISSING)
    if present and not differs(wanted, present):
        return Outcome(Action.UNCHANGED, schedule_id, present["Arn"])
    put = scheduler.update_schedule if present else scheduler.create_schedule
    arn = put(Name=name, GroupName=in_group, **wanted)["ScheduleArn"]
    return Outcome(Action.UPDATED if present else Action.CREATED, schedule_id, arn)


def _target(values: Values) -> dict[str, object]:
    retries = values.optional_block("retry_policy")
    letters = values.optional_block("dead_letter_config")
    return given(
        Arn=values.text("arn"),
        RoleArn=values.text("role_arn"),
        Input=values.optional_text("input"),
        DeadLetterConfig=letters and {"Arn": letters.text("arn")},
        RetryPolicy=retries
        and given(
            MaximumEventAgeInSeconds=retries.optional_number("maximum_event_age_in_seconds"),
            MaximumRetryAttempts=retries.optional_number("maximum_retry_attempts"),
        ),
    )
