# The catalogue Lambda: makes the lakehouse's tables what the contracts say, at deployment, each hour and when asked.

locals {
  service = "catalog-lambda"

  settings = {
    CATALOG_LAMBDA_WAREHOUSE  = "s3://${module.naming.buckets.lake.name}/warehouse"
    CATALOG_LAMBDA_DATABASE   = module.naming.database.name
    CATALOG_LAMBDA_BUS        = module.naming.bus.name
    CATALOG_LAMBDA_SSM_PREFIX = module.naming.parameter_root
  }

  # Modules that are named win over those that the parameter lists for the tier.
  named = var.modules == null ? {} : { CATALOG_LAMBDA_MODULES = var.modules }
}

module "function" {
  source             = "../../modules/lambda-function"
  name               = local.service
  naming             = module.naming
  description        = "Creates the tables of the lakehouse from the contracts, and tells of those that differ"
  handler            = "catalog_lambda.handler.handler"
  code_version       = var.code_version
  settings           = merge(local.settings, local.named, var.environment_variables)
  statements         = local.statements
  memory_size        = 1024
  timeout            = 120
  log_retention_days = var.log_retention_days
}

# At deployment, so that tables are there before anybody writes or reads them; again with each version and each tier.
resource "aws_lambda_invocation" "deployment" {
  function_name = module.function.name
  input         = jsonencode({ "detail-type" = "deployment" })
  triggers      = { code_version = var.code_version, modules = var.modules == null ? var.environment.feature_tier : var.modules }
}
