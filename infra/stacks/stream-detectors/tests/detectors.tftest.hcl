mock_provider "aws" {}

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
    condition     = output.maximum_capacity.cpu == "4 vCPU"
    error_message = "The small tier has 4 vCPU."
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
    condition     = output.maximum_capacity.cpu == "8 vCPU"
    error_message = "The large tier has 8 vCPU."
  }
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
