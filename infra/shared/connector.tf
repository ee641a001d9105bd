# Every connector's stack links to this file. Its own main.tf says what differs: local.title, local.health_port,
# local.exchange_ports and the version. What the variables are, modules/connector says.

module "connector" {
  source         = "../../modules/connector"
  exchange       = trimprefix(local.stack, "ingest-")
  title          = local.title
  health_port    = local.health_port
  exchange_ports = local.exchange_ports

  naming                = module.naming
  environment           = var.environment
  image_tag             = var.image_tag
  desired_count         = var.desired_count
  task_groups           = var.task_groups
  log_retention_days    = var.log_retention_days
  environment_variables = var.environment_variables
}

variable "environment" {
  type = any
}

variable "task_groups" {
  type    = any
  default = {}
}

variable "shared_symbols" {
  description = "Markets that several groups carry on purpose, so that the loss of one goes unnoticed: `python -m infra.offline symbols` tells of others."
  type        = list(string)
  default     = []
}

variable "desired_count" {
  type    = number
  default = 1
}

variable "log_retention_days" {
  type    = number
  default = 30
}

variable "environment_variables" {
  type    = map(string)
  default = {}
}

output "repository_url" {
  value = module.connector.repository_url
}

output "task_role_arn" {
  value = module.connector.task_role_arn
}
