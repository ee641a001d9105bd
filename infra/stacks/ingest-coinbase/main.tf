# The connector to Coinbase: its trades, normalised, to the writer.

module "connector" {
  source      = "../../modules/connector"
  exchange    = "coinbase"
  title       = "Coinbase"
  health_port = 8082

  naming                = module.naming
  environment           = var.environment
  image_tag             = var.image_tag
  desired_count         = var.desired_count
  task_groups           = var.task_groups
  log_retention_days    = var.log_retention_days
  environment_variables = var.environment_variables
}

moved {
  from = module.service
  to   = module.connector.module.service
}

moved {
  from = module.monitoring
  to   = module.connector.module.monitoring
}
