mock_provider "aws" {}

variables {
  environment = {
    name                = "test"
    region              = "us-west-2"
    account_id          = "123456789012"
    vpc_id              = "vpc-1"
    private_subnet_ids  = ["subnet-1", "subnet-2"]
    private_cidr_blocks = ["10.0.0.0/16"]
    alarm_topic_arns    = []
  }
}

run "the_spool_is_where_the_writer_may_write" {
  command = plan

  assert {
    condition     = local.settings.KINESIS_WRITER_SPOOL == local.spool && local.settings.KINESIS_WRITER_SPOOL_BYTES == "4294967296"
    error_message = "The spool is not where the task has a volume, or not as large as its variable says."
  }
}

run "the_writer_writes_to_the_stream_and_nothing_else" {
  command = plan

  assert {
    condition     = toset([for statement in local.task_statements : statement.Resource]) == toset(["arn:aws:kinesis:us-west-2:123456789012:stream/crypto-pulse-trades"])
    error_message = "The writer may touch more than the stream."
  }

  assert {
    condition     = toset(flatten([for statement in local.task_statements : statement.Action])) == toset(["kinesis:DescribeStreamSummary", "kinesis:PutRecords"])
    error_message = "The writer may do more than it does."
  }
}

run "writers_have_names_of_their_own_and_one_task_each" {
  command = plan
  variables {
    environment = merge(var.environment, { writers = 3 })
  }

  assert {
    condition     = [for group, service in aws_service_discovery_service.writer : service.name] == ["kinesis-writer", "kinesis-writer-w2", "kinesis-writer-w3"]
    error_message = "The writers cannot be found one by one."
  }

  assert {
    condition     = module.naming.writer.url == "ws://kinesis-writer.coattail-test.internal:7070,ws://kinesis-writer-w2.coattail-test.internal:7070,ws://kinesis-writer-w3.coattail-test.internal:7070"
    error_message = "The connectors' address list lacks a writer: ${module.naming.writer.url}."
  }

  assert {
    condition     = alltrue([for group, tasks in local.task_groups : tasks.desired_count == 1])
    error_message = "Two tasks of one name would have the same markets."
  }
}

run "with_kafka_the_writer_puts_on_the_topic_and_nothing_else" {
  command = plan
  variables {
    environment = merge(var.environment, {
      stream_format = "kafka"
      kafka         = { cluster_arn = "arn:aws:kafka:us-west-2:123456789012:cluster/trades/abc-1", brokers = "b-1.example:9098,b-2.example:9098" }
    })
  }

  assert {
    condition     = tomap(local.sink_settings) == tomap({ KINESIS_WRITER_SINK_FORMAT = "kafka", KINESIS_WRITER_KAFKA_BROKERS = "b-1.example:9098,b-2.example:9098", KINESIS_WRITER_KAFKA_LOGIN = "msk-iam" })
    error_message = "The writer would not find the brokers, or not log in."
  }

  assert {
    condition     = toset([for statement in local.task_statements : statement.Resource]) == toset(["arn:aws:kafka:us-west-2:123456789012:cluster/trades/abc-1", "arn:aws:kafka:us-west-2:123456789012:topic/trades/abc-1/crypto-pulse-trades"])
    error_message = "The writer may touch more than the cluster's topic, or not that."
  }

  assert {
    condition     = toset(flatten([for statement in local.task_statements : statement.Action])) == toset(["kafka-cluster:Connect", "kafka-cluster:DescribeTopic", "kafka-cluster:WriteData", "kafka-cluster:WriteDataIdempotently"])
    error_message = "The writer may do more than it does."
  }

  assert {
    condition     = contains(local.called_ports.private, 9098)
    error_message = "The writer's security group lets it reach no broker."
  }
}

run "with_kafka_a_cluster_is_named" {
  command = plan
  variables {
    environment = merge(var.environment, { stream_format = "kafka" })
  }
  expect_failures = [var.environment]
}

run "no_third_kind_of_stream_is_known" {
  command = plan
  variables {
    environment = merge(var.environment, { stream_format = "pulsar" })
  }
  expect_failures = [var.environment]
}
