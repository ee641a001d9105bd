# The connector to Kraken: its trades, normalised, to the writer.

module "connector" {
  source      = "../../modules/connector"
  exchange    = "kraken"
  title       = "Kraken"
  health_port = 8083

  naming                = module.naming
  environment           = var.environment
  image_tag             = var.image_tag
  desired_count         = var.desired_count
  task_groups           = var.task_groups
  log_retention_days    = var.log_retention_days
  environment_variables = var.environment_variables
}
