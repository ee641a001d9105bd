"""Which function applies which resource type. A new type is a function and a line here."""

from collections.abc import Mapping

from . import buckets, catalog, containers, events, functions, identity, observability, schedules, spark, streams
from .outcome import Apply

APPLIED: Mapping[str, Apply] = {
    "aws_cloudwatch_dashboard": observability.dashboard,
    "aws_cloudwatch_event_bus": events.bus,
    "aws_cloudwatch_event_rule": events.rule,
    "aws_cloudwatch_event_target": events.target,
    "aws_cloudwatch_log_group": observability.log_group,
    "aws_cloudwatch_log_resource_policy": observability.log_resource_policy,
    "aws_cloudwatch_metric_alarm": observability.metric_alarm,
    "aws_ecr_repository": containers.repository,
    "aws_ecs_cluster": containers.cluster,
    "aws_ecs_cluster_capacity_providers": containers.cluster_capacity_providers,
    "aws_ecs_service": containers.service,
    "aws_ecs_task_definition": containers.task_definition,
    "aws_emrserverless_application": spark.application,
    "aws_glue_catalog_database": catalog.database,
    "aws_iam_policy": identity.policy,
    "aws_iam_role": identity.role,
    "aws_iam_role_policy": identity.role_policy,
    "aws_iam_role_policy_attachment": identity.role_policy_attachment,
    "aws_kinesis_stream": streams.stream,
    "aws_lambda_event_source_mapping": functions.event_source_mapping,
    "aws_lambda_function": functions.function,
    "aws_lambda_invocation": functions.invocation,
    "aws_lambda_permission": functions.permission,
    "aws_s3_bucket": buckets.bucket,
    "aws_s3_bucket_lifecycle_configuration": buckets.lifecycle,
    "aws_s3_bucket_public_access_block": buckets.public_access_block,
    "aws_s3_bucket_server_side_encryption_configuration": buckets.encryption,
    "aws_s3_bucket_versioning": buckets.versioning,
    "aws_scheduler_schedule": schedules.schedule,
    "aws_scheduler_schedule_group": schedules.group,
    "aws_sqs_queue": events.queue,
    "aws_sqs_queue_policy": events.queue_policy,
    "aws_ssm_parameter": identity.parameter,
}

# Network and naming of machines: the processes of a local cloud meet on the loopback address and need none of it. Nor does
# anything there run long enough for cursors to outlive it in a table; a connector can keep them in a file.
SKIPPED_PREFIXES = (
    "aws_dynamodb_table",
    "aws_ecr_lifecycle_policy",
    "aws_internet_gateway",
    "aws_nat_gateway",
    "aws_eip",
    "aws_route",
    "aws_security_group",
    "aws_service_discovery_",
    "aws_subnet",
    "aws_vpc",
)


def is_skipped(resource_type: str) -> bool:
    """Whether the emulator does without this type."""
    return resource_type not in APPLIED and resource_type.startswith(SKIPPED_PREFIXES)
