# Every stack links to this file: what Terraform and the provider need, and the names that stacks share.

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
      Stack       = local.stack
      ManagedBy   = "terraform"
    }
  }
}

locals {
  # The name of the stack's own folder. `path.root` alone is ".".
  stack = basename(abspath(path.root))
}

module "naming" {
  source     = "../../modules/naming"
  env        = var.environment.name
  region     = var.environment.region
  account_id = var.environment.account_id
  # Only the stacks of writers and connectors declare it; names of other things do not depend on it.
  writers = try(var.environment.writers, 1)
}
