# The connector to Binance: its trades, normalised, to the writer.

locals {
  exchange    = "binance"
  health_port = 8081

  symbols = [for market in var.environment.symbols : trimprefix(market, "${local.exchange}:") if startswith(market, "${local.exchange}:")]

  settings = {
    INGEST_BINANCE_SSM_PREFIX    = module.naming.parameter_root
    INGEST_BINANCE_LINK_URL      = module.naming.writer.url
    INGEST_BINANCE_HEALTH_PORT   = tostring(local.health_port)
    INGEST_BINANCE_DRAIN_SECONDS = "110"
    INGEST_BINANCE_CURSORS       = "dynamodb:${module.naming.cursors.name}"
    INGEST_BINANCE_EVENT_BUS     = module.naming.bus.name
    INGEST_BINANCE_REGION        = var.environment.region
  }

  # A group without symbols of its own follows the exchange's markets of the list in SSM, and reads it again while it runs.
  task_groups = { for group, tasks in var.task_groups : group => {
    settings      = tasks.symbols == null ? {} : { SYMBOLS = join(",", tasks.symbols) }
    desired_count = tasks.desired_count
  } }

  task_statements = [
    {
      Sid      = "ReadWhichMarketsToFollow"
      Effect   = "Allow"
      Action   = ["ssm:GetParameter"]
      Resource = "${module.naming.features_arn}/symbols"
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
  name        = "ingest-binance"
  naming      = module.naming
  environment = var.environment

  image_tag          = var.image_tag
  desired_count      = var.desired_count
  task_groups        = local.task_groups
  log_retention_days = var.log_retention_days
  settings           = merge(local.settings, var.environment_variables)
  secrets            = { INGEST_BINANCE_LINK_TOKEN = module.naming.writer.token_parameter_arn }
  health_port        = local.health_port
  called_ports       = { anywhere = [443, 9443], private = [module.naming.writer.port] }
  task_statements    = local.task_statements
}
