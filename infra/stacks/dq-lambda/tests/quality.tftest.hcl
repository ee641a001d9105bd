mock_provider "aws" {
  override_during = plan

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/coattail-test-dq-lambda" }
  }
}

variables {
  environment = {
    name             = "test"
    region           = "us-west-2"
    account_id       = "123456789012"
    alarm_topic_arns = []
  }
}

run "no_record_is_lost_or_stands_in_the_way" {
  command = plan

  assert {
    condition     = aws_lambda_event_source_mapping.trades.starting_position == "TRIM_HORIZON" && aws_lambda_event_source_mapping.trades.event_source_arn == "arn:aws:kinesis:us-west-2:123456789012:stream/crypto-pulse-trades"
    error_message = "Trades from before the mapping would not be checked."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.trades.bisect_batch_on_function_error && contains(aws_lambda_event_source_mapping.trades.function_response_types, "ReportBatchItemFailures")
    error_message = "One bad record would take its whole batch with it."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.trades.maximum_retry_attempts > 0 && aws_lambda_event_source_mapping.trades.destination_config[0].on_failure[0].destination_arn == "arn:aws:s3:::coattail-test-dead-letters"
    error_message = "A record that cannot be processed would block its shard, or be dropped."
  }
}

run "it_reads_the_stream_and_writes_refusals_and_nothing_else" {
  command = plan

  assert {
    condition     = toset([for arn in flatten([for statement in local.statements : statement.Resource if contains(flatten([statement.Action]), "s3:PutObject")]) : arn]) == toset([for key in ["malformed/*", "incomplete/*", "invalid/*", "aws/lambda/*", "state/quality.json"] : "arn:aws:s3:::coattail-test-dead-letters/${key}"])
    error_message = "It may write elsewhere than to its places."
  }

  assert {
    condition     = !anytrue([for action in flatten([for statement in local.statements : statement.Action]) : strcontains(action, "*") || strcontains(action, "Delete") || strcontains(action, "kinesis:Put")])
    error_message = "It may do more than read, keep and tell."
  }
}

run "a_shard_has_ten_batches_at_most_under_way" {
  command = plan
  variables { parallelization_factor = 11 }
  expect_failures = [var.parallelization_factor]
}

run "with_kafka_it_reads_the_topic_until_each_batch_succeeds" {
  command = plan
  variables {
    environment = merge(var.environment, {
      stream_format = "kafka"
      kafka         = { cluster_arn = "arn:aws:kafka:us-west-2:123456789012:cluster/trades/abc-1", brokers = "b-1.example:9098" }
    })
  }

  assert {
    condition     = aws_lambda_event_source_mapping.trades.event_source_arn == "arn:aws:kafka:us-west-2:123456789012:cluster/trades/abc-1" && toset(aws_lambda_event_source_mapping.trades.topics) == toset(["crypto-pulse-trades"]) && aws_lambda_event_source_mapping.trades.starting_position == "TRIM_HORIZON"
    error_message = "It would not read the topic from its beginning."
  }

  assert {
    condition     = length(aws_lambda_event_source_mapping.trades.destination_config) == 0 && aws_lambda_event_source_mapping.trades.function_response_types == null
    error_message = "A batch could be given up, or a report of its failure be read as success."
  }

  assert {
    condition     = toset([for statement in local.statements : statement.Resource if contains(flatten([statement.Action]), "kafka-cluster:ReadData")]) == toset(["arn:aws:kafka:us-west-2:123456789012:topic/trades/abc-1/crypto-pulse-trades"]) && toset([for statement in local.statements : statement.Resource if contains(flatten([statement.Action]), "kafka-cluster:AlterGroup")]) == toset(["arn:aws:kafka:us-west-2:123456789012:group/trades/abc-1/coattail-test-dq-lambda"])
    error_message = "It reads another topic, or by a group that is not its own."
  }

  assert {
    condition     = !anytrue([for action in flatten([for statement in local.statements : statement.Action]) : startswith(action, "kinesis:") || strcontains(action, "WriteData")])
    error_message = "It may touch the stream of Kinesis, or write to the topic."
  }
}

run "with_kafka_a_cluster_is_named" {
  command = plan
  variables {
    environment = merge(var.environment, { stream_format = "kafka" })
  }
  expect_failures = [var.environment]
}
