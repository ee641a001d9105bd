# The connector to Kraken: its trades, normalised, to the writer.

locals {
  exchange    = "kraken"
  health_port = 8083

  # Tasks of several stacks can divide an exchange's markets between them by this setting.
  symbols = [for market in var.environment.symbols : trimprefix(market, "${local.exchange}:") if startswith(market, "${local.exchange}:")]

  settings = {
    INGEST_KRAKEN_SYMBOLS       = join(",", local.symbols)
    INGEST_KRAKEN_LINK_URL      = module.naming.writer.url
    INGEST_KRAKEN_HEALTH_PORT   = tostring(local.health_port)
    INGEST_KRAKEN_DRAIN_SECONDS = "110"
    INGEST_KRAKEN_CURSORS       = "dynamodb:${module.naming.cursors.name}"
    INGEST_KRAKEN_EVENT_BUS     = module.naming.bus.name
    INGEST_KRAKEN_REGION        = var.environment.region
  }

  task_statements = [
    {
      Sid      = "ReadWhichMarketsToFollow"
      Effect   = "Allow"
      Action   = ["ssm:GetParameter", "ssm:GetParameters"]
      Resource = "${module.naming.features_arn}/*"
    },
    {
      Sid      = "KeepCursors"
      Effect   = "Allow"
      Action   = ["dynamodb:BatchGetItem", "dynamodb:UpdateItem"]
      Resource = module.naming.cursors.arn
    },
    {
      Sid      = "TellOfGaps"
      Effect   = "Allow"
      Action   = ["events:PutEvents"]
      Resource = module.naming.bus.arn
    },
  ]
}

module "service" {
  source      = "../../modules/fargate-service"
  name        = "ingest-kraken"
  naming      = module.naming
  environment = var.environment

  image_tag          = var.image_tag
  desired_count      = var.desired_count
  log_retention_days = var.log_retention_days
  settings           = merge(local.settings, var.environment_variables)
  secrets            = { INGEST_KRAKEN_LINK_TOKEN = module.naming.writer.token_parameter_arn }
  health_port        = local.health_port
  called_ports       = { anywhere = [443], private = [module.naming.writer.port] }
  task_statements    = local.task_statements
}
