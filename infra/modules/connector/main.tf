# A connector: the trades of one exchange, normalised, to the writer. What its stack adds are the names and numbers of the exchange.

locals {
  name   = "ingest-${var.exchange}"
  prefix = "INGEST_${upper(var.exchange)}_"

  symbols = [for market in var.environment.symbols : trimprefix(market, "${var.exchange}:") if startswith(market, "${var.exchange}:")]

  settings = { for setting, value in {
    SSM_PREFIX    = var.naming.parameter_root
    LINK_URL      = var.naming.writer.url
    HEALTH_PORT   = tostring(var.health_port)
    DRAIN_SECONDS = "100" # then five for the cursors, five for the bus, and the connections, within the stop timeout
    CURSORS       = "dynamodb:${var.naming.cursors.name}"
    EVENT_BUS     = var.naming.bus.name
    REGION        = var.environment.region
  } : "${local.prefix}${setting}" => value }

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
      Resource = "${var.naming.features_arn}/symbols"
    },
    {
      Sid      = "KeepCursors"
      Effect   = "Allow"
      Action   = ["dynamodb:BatchGetItem", "dynamodb:UpdateItem"]
      Resource = var.naming.cursors.arn
    },
    {
      Sid      = "TellOfGaps"
      Effect   = "Allow"
      Action   = ["events:PutEvents"]
      Resource = var.naming.bus.arn
    },
  ]
}

module "service" {
  source      = "../fargate-service"
  name        = local.name
  naming      = var.naming
  environment = var.environment

  image_tag          = var.image_tag
  desired_count      = var.desired_count
  task_groups        = local.task_groups
  log_retention_days = var.log_retention_days
  settings           = merge(local.settings, var.environment_variables)
  secrets            = { "${local.prefix}LINK_TOKEN" = var.naming.writer.token_parameter_arn }
  health_port        = var.health_port
  called_ports       = { anywhere = var.exchange_ports, private = [var.naming.writer.port] }
  task_statements    = local.task_statements
}
