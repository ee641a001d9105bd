output "prefix" {
  description = "Prefix of names that are unique in an account: coattail-<env>."
  value       = local.prefix
}

output "parameter_root" {
  description = "Where the environment's SSM parameters begin: /coattail/<env>."
  value       = local.parameter_root
}

output "stream" {
  description = "The Kinesis stream of trades."
  value = {
    name = local.stream_name
    arn  = "${local.regional.kinesis}:stream/${local.stream_name}"
  }
}

output "bus" {
  description = "The EventBridge bus of alerts and events."
  value = {
    name = local.bus_name
    arn  = "${local.regional.events}:event-bus/${local.bus_name}"
  }
}

output "database" {
  description = "The Glue database of the lakehouse: its name, and the ARNs that a grant on its tables must name."
  value = {
    name       = local.database_name
    arn        = "${local.regional.glue}:database/${local.database_name}"
    catalog    = "${local.regional.glue}:catalog"
    tables_arn = "${local.regional.glue}:table/${local.database_name}/*"
  }
}

output "buckets" {
  description = "The S3 buckets by purpose: lake, checkpoints, artifacts, dead_letters."
  value       = { for purpose, name in local.bucket_names : purpose => { name = name, arn = "arn:aws:s3:::${name}" } }
}

output "cursors" {
  description = "The DynamoDB table in which connectors keep how far each market is in the stream."
  value = {
    name = local.cursors_name
    arn  = "${local.regional.dynamodb}:table/${local.cursors_name}"
  }
}

output "cluster" {
  description = "The ECS cluster of the services."
  value = {
    name = local.cluster_name
    arn  = "${local.regional.ecs}:cluster/${local.cluster_name}"
  }
}

output "features_arn" {
  description = "The SSM parameters that say what runs: symbols, tier and modules."
  value       = "${local.regional.ssm}:parameter${local.parameter_root}/features"
}

output "parameters_arn" {
  description = "ARN of the environment's SSM parameters, up to the name below their root."
  value       = "${local.regional.ssm}:parameter${local.parameter_root}"
}

output "logs_arn" {
  description = "ARN that a log group's name follows after `:log-group:`."
  value       = local.regional.logs
}

output "writer" {
  description = "Where connectors find the kinesis-writers (names by task group, urls separated by commas), and the parameter (SecureString) with the token that they want to hear."
  value = {
    names               = local.writers
    domain              = local.service_domain
    port                = local.writer_port
    url                 = join(",", [for group in sort(keys(local.writers)) : "ws://${local.writers[group]}.${local.service_domain}:${local.writer_port}"])
    token_parameter_arn = "${local.regional.ssm}:parameter${local.parameter_root}/link/token"
  }
}
