mock_provider "aws" {
  override_during = plan

  mock_resource "aws_ecr_repository" {
    defaults = { repository_url = "123456789012.dkr.ecr.us-west-2.amazonaws.com/coattail-test/stream-detectors" }
  }

  mock_resource "aws_emrserverless_application" {
    defaults = { arn = "arn:aws:emr-serverless:us-west-2:123456789012:/applications/00example" }
  }
}

variables {
  environment = {
    name               = "test"
    region             = "us-west-2"
    account_id         = "123456789012"
    feature_tier       = "small"
    vpc_id             = "vpc-1"
    private_subnet_ids = ["subnet-1", "subnet-2"]
    alarm_topic_arns   = []
  }
}

run "the_tier_bounds_the_size" {
  command = plan

  assert {
    condition     = output.maximum_capacity == { cpu = "4 vCPU", memory = "16 GB", disk = "40 GB" }
    error_message = "The small tier has 4 vCPU, 16 GB, and 40 GB of disk."
  }
}

run "the_large_tier_is_twice_the_small_one" {
  command = plan
  variables {
    environment = {
      name               = "test"
      region             = "us-west-2"
      account_id         = "123456789012"
      feature_tier       = "large"
      vpc_id             = "vpc-1"
      private_subnet_ids = ["subnet-1", "subnet-2"]
      alarm_topic_arns   = []
    }
  }

  assert {
    condition     = output.maximum_capacity == { cpu = "8 vCPU", memory = "32 GB", disk = "80 GB" }
    error_message = "The large tier has 8 vCPU, 32 GB, and 80 GB of disk."
  }
}

run "the_releases_own_image_needs_no_grant" {
  command = plan

  assert {
    condition     = output.image_uri == null && length(aws_ecr_repository_policy.image) == 0
    error_message = "Without an image of ours nobody must pull one."
  }
}

run "this_application_alone_pulls_the_image" {
  command = plan
  variables { image_tag = "1.2.3" }

  assert {
    condition     = output.image_uri == "123456789012.dkr.ecr.us-west-2.amazonaws.com/coattail-test/stream-detectors:1.2.3"
    error_message = "The workers do not run the image of the stack's repository."
  }

  assert {
    condition = alltrue([for statement in jsondecode(aws_ecr_repository_policy.image[0].policy).Statement :
      statement.Principal == { Service = "emr-serverless.amazonaws.com" } &&
      statement.Condition.StringEquals["aws:SourceArn"] == "arn:aws:emr-serverless:us-west-2:123456789012:/applications/00example"
    ])
    error_message = "Other applications than this one could pull the image."
  }

  assert {
    condition     = toset(jsondecode(aws_ecr_repository_policy.image[0].policy).Statement[0].Action) == toset(["ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"])
    error_message = "EMR Serverless may do more, or less, than pull."
  }
}

run "a_version_is_wanted_and_not_latest" {
  command = plan
  variables { image_tag = "latest" }
  expect_failures = [var.image_tag]
}

run "a_job_has_no_wildcard_action_and_no_open_resource" {
  command = plan

  assert {
    condition     = alltrue(flatten([for statement in local.job_statements : [for action in flatten([statement.Action]) : !strcontains(action, "*")]]))
    error_message = "A job may do anything of some service."
  }

  assert {
    condition     = alltrue(flatten([for statement in local.job_statements : [for resource in flatten([statement.Resource]) : startswith(resource, "arn:aws:")]]))
    error_message = "A statement names no resource."
  }

  assert {
    condition     = !anytrue(flatten([for statement in local.job_statements : [for action in flatten([statement.Action]) : strcontains(action, "kinesis:Put")]]))
    error_message = "The detectors only read the stream."
  }
}
