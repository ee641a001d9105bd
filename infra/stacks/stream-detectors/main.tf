# The detectors: one Spark application that reads the stream, lands every trade once and raises alerts.

locals {
  # What the tier's modules need; a larger tier has more modules (docs/MODULE_REGISTRY.md). The tier's driver and executors
  # (config/tiers) fit into it, each beside the others: a worker that does not fit waits without end.
  capacity_by_tier = {
    small  = { cpu = "4 vCPU", memory = "16 GB", disk = "40 GB" }
    medium = { cpu = "6 vCPU", memory = "24 GB", disk = "60 GB" }
    large  = { cpu = "8 vCPU", memory = "32 GB", disk = "80 GB" }
  }

  service        = "stream-detectors"
  parameter_root = "${module.naming.parameter_root}/${local.service}"
}

module "application" {
  source         = "../../modules/spark-application"
  name           = "coattail-${local.service}"
  full_name      = "${module.naming.prefix}-${local.service}"
  account_id     = var.environment.account_id
  architecture   = var.architecture
  image_uri      = local.image_uri
  maximum        = local.capacity_by_tier[var.environment.feature_tier]
  network        = var.environment
  log_group      = { name = local.parameter_root, retention_days = var.log_retention_days }
  logs_arn       = module.naming.logs_arn
  job_statements = local.job_statements
}

resource "aws_ssm_parameter" "application_id" {
  name        = "${local.parameter_root}/application_id"
  description = "The EMR Serverless application to start the job in"
  type        = "String"
  value       = module.application.application_id
}

resource "aws_ssm_parameter" "job_role_arn" {
  name        = "${local.parameter_root}/job_role_arn"
  description = "The role to start the job with"
  type        = "String"
  value       = module.application.job_role_arn
}
