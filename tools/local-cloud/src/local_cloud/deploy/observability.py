"""CloudWatch and its logs."""

import json

from local_cloud.clients import Clients

from .outcome import Action, Outcome, differs, found, given
from .values import Values


def log_group(clients: Clients, values: Values) -> Outcome:
    """aws_cloudwatch_log_group."""
    logs, name = clients.client("logs"), values.text("name")
    groups = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    present = next((group for group in groups if group["logGroupName"] == name), None)
    if present is None:
        logs.create_log_group(logGroupName=name)
    days = values.optional_number("retention_in_days")
    changed = bool(days) and (present or {}).get("retentionInDays") != days
    if changed:
        logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    action = (Action.UPDATED if changed else Action.UNCHANGED) if present else Action.CREATED
    return Outcome(action, name)


def log_resource_policy(clients: Clients, values: Values) -> Outcome:
    """aws_cloudwatch_log_resource_policy."""
    logs, name = clients.client("logs"), values.text("policy_name")
    policies = logs.describe_resource_policies()["resourcePolicies"]
    present = next((policy for policy in policies if policy["policyName"] == name), None)
    if present and json.loads(present["policyDocument"]) == values.document("policy_document"):
        return Outcome(Action.UNCHANGED, name)
    logs.put_resource_policy(policyName=name, policyDocument=values.text("policy_document"))
    return Outcome(Action.UPDATED if present else Action.CREATED, name)


def metric_alarm(clients: Clients, values: Values) -> Outcome:
    """aws_cloudwatch_metric_alarm, on one metric or on an expression over several."""
    cloudwatch, name = clients.client("cloudwatch"), values.text("alarm_name")
    dimensions = [{"Name": key, "Value": value} for key, value in sorted(values.mapping("dimensions").items())]
    wanted = given(
        AlarmDescription=values.optional_text("alarm_description"),
        ActionsEnabled=values.optional_flag("actions_enabled"),
        AlarmActions=values.texts("alarm_actions"),
        OKActions=values.texts("ok_actions"),
        MetricName=values.optional_text("metric_name"),
        Namespace=values.optional_text("namespace"),
        Statistic=values.optional_text("statistic"),
        ExtendedStatistic=values.optional_text("extended_statistic"),
        Dimensions=dimensions,
        Period=values.optional_number("period"),
        Unit=values.optional_text("unit"),
        EvaluationPeriods=values.number("evaluation_periods"),
        DatapointsToAlarm=values.optional_number("datapoints_to_alarm"),
        Threshold=values.optional_decimal("threshold"),
        ComparisonOperator=values.text("comparison_operator"),
        TreatMissingData=values.optional_text("treat_missing_data"),
        Metrics=[_metric_query(query) for query in values.blocks("metric_query")],
    )
    alarms = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    if alarms and not differs(wanted, alarms[0]):
        return Outcome(Action.UNCHANGED, name, alarms[0]["AlarmArn"])
    cloudwatch.put_metric_alarm(AlarmName=name, **wanted)
    arn = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["AlarmArn"]
    return Outcome(Action.UPDATED if alarms else Action.CREATED, name, arn)


def dashboard(clients: Clients, values: Values) -> Outcome:
    """aws_cloudwatch_dashboard."""
    cloudwatch, name = clients.client("cloudwatch"), values.text("dashboard_name")
    # CloudWatch's own code is ResourceNotFound; the emulator's is the other.
    present = found(lambda: cloudwatch.get_dashboard(DashboardName=name), {"ResourceNotFound", "InvalidParameterValue"})
    if present and json.loads(present["DashboardBody"]) == values.document("dashboard_body"):
        return Outcome(Action.UNCHANGED, name)
    cloudwatch.put_dashboard(DashboardName=name, DashboardBody=values.text("dashboard_body"))
    return Outcome(Action.UPDATED if present else Action.CREATED, name)


def _metric_query(query: Values) -> dict[str, object]:
    metric = query.optional_block("metric")
    return given(
        Id=query.text("id"),
        Expression=query.optional_text("expression"),
        Label=query.optional_text("label"),
        ReturnData=query.optional_flag("return_data"),
        MetricStat=given(
            Metric=given(
                Namespace=metric.optional_text("namespace"),
                MetricName=metric.text("metric_name"),
                Dimensions=[
                    {"Name": name, "Value": value} for name, value in sorted(metric.mapping("dimensions").items())
                ],
            ),
            Period=metric.number("period"),
            Stat=metric.text("stat"),
        )
        if metric
        else None,
    )
