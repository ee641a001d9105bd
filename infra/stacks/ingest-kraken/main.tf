# The connector to Kraken: its trades, normalised, to the writer.

locals {
  exchange    = "kraken"
  health_port = 8083

  symbols = [for market in var.environment.symbols : trimprefix(market, "${local.exchange}:") if startswith(market, "${local.exchange}:")]

  settings = {
    INGEST_KRAKEN_SSM_PREFIX    = module.naming.parameter_root
    INGEST_KRAKEN_LINK_URL      = module.naming.writer.url
    INGEST_KRAKEN_HEALTH_PORT   = tostring(local.health_port)
    INGEST_KRAKEN_DRAIN_SECONDS = "110"
    INGEST_KRAKEN_CURSORS       = "dynamodb:${module.naming.cursors.name}"
    INGEST_KRAKEN_EVENT_BUS     = module.naming.bus.name
    INGEST_KRAKEN_REGION        = var.environment.region
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
  name        = "ingest-kraken"
  naming      = module.naming
  environment = var.environment

  image_tag          = var.image_tag
  desired_count      = var.desired_count
  task_groups        = local.task_groups
  log_retention_days = var.log_retention_days
  settings           = merge(local.settings, var.environment_variables)
  secrets            = { INGEST_KRAKEN_LINK_TOKEN = module.naming.writer.token_parameter_arn }
  health_port        = local.health_port
  called_ports       = { anywhere = [443], private = [module.naming.writer.port] }
  task_statements    = local.task_statements
}
