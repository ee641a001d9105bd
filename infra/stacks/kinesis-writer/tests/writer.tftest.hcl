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
