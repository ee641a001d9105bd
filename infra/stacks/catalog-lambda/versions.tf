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
      Stack       = "catalog-lambda"
      ManagedBy   = "terraform"
    }
  }
}

module "naming" {
  source     = "../../modules/naming"
  env        = var.environment.name
  region     = var.environment.region
  account_id = var.environment.account_id
}
