# The data quality Lambda: reads the stream beside the detectors, counts what is wrong with it and keeps what is refused.

locals {
  service = "dq-lambda"
  zone    = module.naming.buckets.dead_letters

  # What the service writes there: a prefix for each kind of refusal, dates below.
  kinds = ["malformed", "incomplete", "invalid"]

  on_kafka = var.environment.stream_format == "kafka"

  # A topic's and a group's ARN are their cluster's with another kind and a name.
  cluster_arn    = local.on_kafka ? var.environment.kafka.cluster_arn : ""
  consumer_group = "${module.naming.prefix}-${local.service}"

  settings = {
    DQ_LAMBDA_DEAD_LETTERS = "s3://${local.zone.name}"
    DQ_LAMBDA_BUS          = module.naming.bus.name
  }
}

module "function" {
  source             = "../../modules/lambda-function"
  name               = local.service
  naming             = module.naming
  description        = "Checks every trade of the stream and keeps what is refused"
  handler            = "dq_lambda.handler.handler"
  code_version       = var.code_version
  settings           = merge(local.settings, var.environment_variables)
  statements         = local.statements
  memory_size        = 512
  timeout            = 60
  log_retention_days = var.log_retention_days
}

# Kinesis: a record that fails again and again is found by splitting, given up after its retries, and kept with its bytes.
# Kafka: the batch comes again, whole, until it succeeds. What can fail is only the storing of refused lines, never a record.
resource "aws_lambda_event_source_mapping" "trades" {
  event_source_arn                   = local.on_kafka ? local.cluster_arn : module.naming.stream.arn
  topics                             = local.on_kafka ? [module.naming.stream.name] : null
  function_name                      = module.function.name
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = var.batch_size
  maximum_batching_window_in_seconds = 1
  parallelization_factor             = local.on_kafka ? null : var.parallelization_factor
  bisect_batch_on_function_error     = local.on_kafka ? null : true
  maximum_retry_attempts             = local.on_kafka ? null : 5
  function_response_types            = local.on_kafka ? null : ["ReportBatchItemFailures"]

  dynamic "amazon_managed_kafka_event_source_config" {
    for_each = local.on_kafka ? [local.consumer_group] : []
    content {
      consumer_group_id = amazon_managed_kafka_event_source_config.value
    }
  }

  dynamic "destination_config" {
    for_each = local.on_kafka ? [] : [local.zone.arn]
    content {
      on_failure {
        # Lambda chooses the keys: aws/lambda/<mapping>/<shard>/<date>/….
        destination_arn = destination_config.value
      }
    }
  }
}
