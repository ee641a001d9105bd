# The data quality Lambda: reads the stream beside the detectors, counts what is wrong with it and keeps what is refused.

locals {
  service = "dq-lambda"
  zone    = module.naming.buckets.dead_letters

  # What the service writes there: a prefix for each kind of refusal, dates below.
  kinds = ["malformed", "incomplete", "invalid"]

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

# A record that fails again and again is found by splitting, given up after its retries, and kept with its bytes.
resource "aws_lambda_event_source_mapping" "trades" {
  event_source_arn                   = module.naming.stream.arn
  function_name                      = module.function.name
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = var.batch_size
  maximum_batching_window_in_seconds = 1
  parallelization_factor             = var.parallelization_factor
  bisect_batch_on_function_error     = true
  maximum_retry_attempts             = 5
  function_response_types            = ["ReportBatchItemFailures"]

  destination_config {
    on_failure {
      # Lambda chooses the keys: aws/lambda/<mapping>/<shard>/<date>/….
      destination_arn = local.zone.arn
    }
  }
}
