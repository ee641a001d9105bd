# What the services share: the stream of trades, the lakehouse's storage and catalogue, the bus, the cluster.

resource "aws_kinesis_stream" "trades" {
  name             = module.naming.stream.name
  retention_period = var.retention_hours
  encryption_type  = "KMS"
  kms_key_id       = "alias/aws/kinesis"

  stream_mode_details {
    stream_mode = "ON_DEMAND"
  }
}

module "lake" {
  source        = "../../modules/private-bucket"
  name          = module.naming.buckets.lake.name
  force_destroy = var.disposable
}

# The detectors' seals: the commits of raw_trades name them, so a lost one must be there to be brought back.
module "checkpoints" {
  source        = "../../modules/private-bucket"
  name          = module.naming.buckets.checkpoints.name
  versioned     = true
  force_destroy = var.disposable
}

module "artifacts" {
  source        = "../../modules/private-bucket"
  name          = module.naming.buckets.artifacts.name
  versioned     = true
  force_destroy = var.disposable
}

# What the data quality Lambda refuses, by kind and date, and under aws/lambda/ what it could not process at all.
module "dead_letters" {
  source        = "../../modules/private-bucket"
  name          = module.naming.buckets.dead_letters.name
  force_destroy = var.disposable
}

resource "aws_glue_catalog_database" "lakehouse" {
  name         = module.naming.database.name
  description  = "Trades, alerts and what the detectors make of them (Apache Iceberg)"
  location_uri = "s3://${module.lake.name}/warehouse"
}

resource "aws_cloudwatch_event_bus" "events" {
  name = module.naming.bus.name
}

# How far each market is in the stream: where a connector goes on from. One item for each market.
resource "aws_dynamodb_table" "cursors" {
  name                        = module.naming.cursors.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "market"
  deletion_protection_enabled = !var.disposable

  attribute {
    name = "market"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = true
  }
}

module "gap_log" {
  source   = "../../modules/gap-log"
  name     = "${module.naming.prefix}-gaps"
  bus_name = aws_cloudwatch_event_bus.events.name
}

module "alert_tap" {
  source   = "../../modules/alert-tap"
  count    = var.alert_tap ? 1 : 0
  name     = "${module.naming.prefix}-alert-tap"
  bus_name = aws_cloudwatch_event_bus.events.name
}

resource "aws_ssm_parameter" "symbols" {
  name        = "${module.naming.parameter_root}/features/symbols"
  description = "Every market that is followed, as a JSON list"
  type        = "String"
  value       = jsonencode(var.environment.symbols)
}

resource "aws_ssm_parameter" "tier" {
  name        = "${module.naming.parameter_root}/features/tier"
  description = "Which set of modules runs: small, medium or large"
  type        = "String"
  value       = var.environment.feature_tier
}

module "feature_tier" {
  source = "../../modules/feature-tier"
  tier   = var.environment.feature_tier
  folder = "${path.module}/../../../config/tiers"

  features = "${path.module}/../../../config/features.yaml"
}

resource "aws_ssm_parameter" "modules" {
  name        = "${module.naming.parameter_root}/features/modules"
  description = "The names of the tier's modules, as a JSON list: whose tables there are"
  type        = "String"
  value       = jsonencode(module.feature_tier.modules)
}

resource "aws_ecs_cluster" "services" {
  name = module.naming.cluster.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "services" {
  cluster_name       = aws_ecs_cluster.services.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}
