mock_provider "aws" {
  override_during = plan

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/coattail-test-example" }
  }
}

variables {
  name = "example"
  naming = {
    prefix   = "coattail-test"
    logs_arn = "arn:aws:logs:us-west-2:123456789012"
    buckets  = { artifacts = { name = "coattail-test-artifacts", arn = "arn:aws:s3:::coattail-test-artifacts" } }
  }
  description  = "An example"
  handler      = "example.handler.handler"
  code_version = "1.2.3"
  settings     = { EXAMPLE_BUS = "coattail" }
  statements = [{
    Sid      = "RaiseAlerts"
    Effect   = "Allow"
    Action   = "events:PutEvents"
    Resource = "arn:aws:events:us-west-2:123456789012:event-bus/coattail"
  }]
  memory_size        = 512
  timeout            = 30
  log_retention_days = 30
}

run "the_code_is_a_version_in_the_bucket_of_artifacts" {
  command = plan

  assert {
    condition     = aws_lambda_function.this.s3_bucket == "coattail-test-artifacts" && aws_lambda_function.this.s3_key == "example/1.2.3.zip"
    error_message = "The function does not run the version that was asked for."
  }
}

run "settings_come_by_environment_beside_those_of_powertools" {
  command = plan

  assert {
    condition     = aws_lambda_function.this.environment[0].variables.EXAMPLE_BUS == "coattail" && aws_lambda_function.this.environment[0].variables.POWERTOOLS_SERVICE_NAME == "example"
    error_message = "The function lacks a setting."
  }

  assert {
    condition     = !anytrue([for name in keys(aws_lambda_function.this.environment[0].variables) : startswith(name, "AWS_")])
    error_message = "Lambda reserves variables that begin with AWS_, and an endpoint of a test must not be deployed."
  }
}

run "logs_are_kept_for_as_long_as_is_said" {
  command = plan

  assert {
    condition     = aws_cloudwatch_log_group.function.name == "/aws/lambda/coattail-test-example" && aws_cloudwatch_log_group.function.retention_in_days == 30
    error_message = "Lambda would write to a log group of its own, which keeps for ever."
  }
}

run "the_role_may_do_what_is_said_and_write_its_own_log" {
  command = plan

  assert {
    condition     = toset(flatten([for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement.Action])) == toset(["events:PutEvents", "logs:CreateLogStream", "logs:PutLogEvents"])
    error_message = "The role may do more, or less."
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement.Resource if statement.Sid == "WriteTheLog"] == ["arn:aws:logs:us-west-2:123456789012:log-group:/aws/lambda/coattail-test-example:log-stream:*"]
    error_message = "The function may write other functions' logs."
  }
}

run "a_version_is_wanted_and_not_latest" {
  command = plan
  variables { code_version = "latest" }
  expect_failures = [var.code_version]
}

run "no_invocation_takes_longer_than_lambda_lets_it" {
  command = plan
  variables { timeout = 901 }
  expect_failures = [var.timeout]
}
