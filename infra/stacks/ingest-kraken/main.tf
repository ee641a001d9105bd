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

# What these are, modules/connector says, once for all exchanges.

variable "environment" {
  type = any
}

variable "image_tag" {
  type    = string
  default = "0.1.4"
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

terraform {
  required_version = "~> 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.66"
    }
  }

  # Bucket, key and region come from `terraform init -backend-config=…`: see infra/README.md.
  backend "s3" {}
}

provider "aws" {
  region              = var.environment.region
  allowed_account_ids = [var.environment.account_id]

  default_tags {
    tags = {
      Project     = "coattail"
      Environment = var.environment.name
      Stack       = "ingest-kraken"
      ManagedBy   = "terraform"
    }
  }
}

module "naming" {
  source     = "../../modules/naming"
  env        = var.environment.name
  region     = var.environment.region
  account_id = var.environment.account_id
  writers    = try(var.environment.writers, 1)
}
