# The writer: takes trades from any number of connectors over the link and puts them on the stream.

locals {
  health_port = 7071

  # On the task's own disk, of which Fargate gives 20 GiB: it outlives an outage of the stream, and not the task.
  spool = "/var/spool/kinesis-writer"

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

  task_statements = [
    {
      Sid      = "PutTradesOnTheStream"
      Effect   = "Allow"
      Action   = ["kinesis:DescribeStreamSummary", "kinesis:PutRecords"]
      Resource = module.naming.stream.arn
    },
  ]
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
  settings           = merge(local.settings, var.environment_variables)
  secrets            = { KINESIS_WRITER_LINK_TOKEN = module.naming.writer.token_parameter_arn }
  health_port        = local.health_port
  served_port        = module.naming.writer.port
  registry_arns      = { for group, service in aws_service_discovery_service.writer : group => service.arn }
  task_statements    = local.task_statements
}
