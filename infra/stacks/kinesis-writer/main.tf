# The writer: takes trades from any number of connectors over the link and puts them on the stream.

locals {
  health_port = 7071

  # On the task's own disk, of which Fargate gives 20 GiB: it outlives an outage of the stream, and not the task.
  spool = "/var/spool/kinesis-writer"

  on_kafka = var.environment.stream_format == "kafka"

  sink_settings = local.on_kafka ? {
    KINESIS_WRITER_SINK_FORMAT   = "kafka"
    KINESIS_WRITER_KAFKA_BROKERS = var.environment.kafka.brokers
    KINESIS_WRITER_KAFKA_LOGIN   = "msk-iam"
  } : {}

  settings = {
    KINESIS_WRITER_STREAM        = module.naming.stream.name
    KINESIS_WRITER_REGION        = var.environment.region
    KINESIS_WRITER_LINK_HOST     = "0.0.0.0"
    KINESIS_WRITER_LINK_PORT     = tostring(module.naming.writer.port)
    KINESIS_WRITER_HEALTH_PORT   = tostring(local.health_port)
    KINESIS_WRITER_DRAIN_SECONDS = "100" # then five for the spool, and the connections, within the stop timeout
    KINESIS_WRITER_SPOOL         = local.spool
    KINESIS_WRITER_SPOOL_BYTES   = tostring(var.spool_gib * 1024 * 1024 * 1024)
  }

  # A market holds to one writer at a time: each is a group of one task, under a name of its own, and ends before it is replaced.
  task_groups = { for group, name in module.naming.writer.names : group => { settings = {}, desired_count = 1 } }

  kinesis_statements = [
    {
      Sid      = "PutTradesOnTheStream"
      Effect   = "Allow"
      Action   = ["kinesis:DescribeStreamSummary", "kinesis:PutRecords"]
      Resource = module.naming.stream.arn
    },
  ]

  # A topic's ARN is its cluster's with another kind and the topic's name.
  cluster_arn = local.on_kafka ? var.environment.kafka.cluster_arn : ""

  kafka_statements = [
    {
      Sid      = "ReachTheBrokers"
      Effect   = "Allow"
      Action   = ["kafka-cluster:Connect", "kafka-cluster:WriteDataIdempotently"]
      Resource = local.cluster_arn
    },
    {
      Sid      = "PutTradesOnTheTopic"
      Effect   = "Allow"
      Action   = ["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"]
      Resource = "${replace(local.cluster_arn, ":cluster/", ":topic/")}/${module.naming.stream.name}"
    },
  ]

  task_statements = [for statement in concat(local.kinesis_statements, local.kafka_statements) : statement if startswith(flatten([statement.Action])[0], "kafka-cluster:") == local.on_kafka]

  # The brokers of MSK with the login by IAM, inside the network.
  called_ports = { anywhere = [443], private = local.on_kafka ? [9098] : [] }
}

module "service" {
  source      = "../../modules/fargate-service"
  name        = "kinesis-writer"
  naming      = module.naming
  environment = var.environment

  image_tag          = var.image_tag
  task_groups        = local.task_groups
  one_at_a_time      = true
  log_retention_days = var.log_retention_days
  writable_paths     = { tmp = "/tmp", spool = local.spool }
  settings           = merge(local.settings, local.sink_settings, var.environment_variables)
  secrets            = { KINESIS_WRITER_LINK_TOKEN = module.naming.writer.token_parameter_arn }
  health_port        = local.health_port
  served_port        = module.naming.writer.port
  registry_arns      = { for group, service in aws_service_discovery_service.writer : group => service.arn }
  task_statements    = local.task_statements
  called_ports       = local.called_ports
}
