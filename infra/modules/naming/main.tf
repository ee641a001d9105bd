# The names of everything that more than one stack speaks of, and their ARNs. A stack that needs another stack's
# resource builds its name here; no stack reads another one's state.

locals {
  prefix = "coattail-${var.env}"

  stream_name    = "crypto-pulse-trades"
  bus_name       = "coattail"
  database_name  = "coattail"
  cluster_name   = local.prefix
  cursors_name   = "${local.prefix}-cursors"
  parameter_root = "/coattail/${var.env}"

  service_domain = "${local.prefix}.internal"
  writer_port    = 7070

  # Groups of modules/fargate-service. One writer more leaves the names of the others as they are.
  writers = { for number in range(1, var.writers + 1) : number == 1 ? "all" : "w${number}" => number == 1 ? "kinesis-writer" : "kinesis-writer-w${number}" }

  bucket_names = {
    lake         = "${local.prefix}-lake"
    checkpoints  = "${local.prefix}-checkpoints"
    artifacts    = "${local.prefix}-artifacts"
    dead_letters = "${local.prefix}-dead-letters"
  }

  regional = { for service in ["dynamodb", "ecs", "events", "glue", "kinesis", "logs", "ssm"] : service => "arn:aws:${service}:${var.region}:${var.account_id}" }
}
