mock_provider "aws" {
  override_during = plan

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/coattail-test-catalog-lambda" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:us-west-2:123456789012:function:coattail-test-catalog-lambda" }
  }

  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:us-west-2:123456789012:rule/example" }
  }

  mock_resource "aws_scheduler_schedule_group" {
    defaults = { arn = "arn:aws:scheduler:us-west-2:123456789012:schedule-group/example" }
  }
}

variables {
  environment = {
    name             = "test"
    region           = "us-west-2"
    account_id       = "123456789012"
    feature_tier     = "small"
    alarm_topic_arns = []
  }
}

run "it_is_invoked_each_hour_when_asked_and_at_deployment" {
  command = plan

  assert {
    condition     = aws_scheduler_schedule.hourly.schedule_expression == "rate(1 hour)" && aws_scheduler_schedule.hourly.target[0].arn == module.function.arn
    error_message = "Nobody looks through the catalogue by himself."
  }

  assert {
    condition     = jsondecode(aws_scheduler_schedule.hourly.target[0].input)["detail-type"] == "Scheduled Event"
    error_message = "The function's log does not say that the schedule invoked it."
  }

  assert {
    condition     = aws_scheduler_schedule.hourly.target[0].retry_policy[0].maximum_event_age_in_seconds < 3600
    error_message = "An event is still tried when the next one comes."
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.requested.event_pattern)["detail-type"] == ["catalog.requested"] && aws_cloudwatch_event_rule.requested.event_bus_name == "coattail" && aws_cloudwatch_event_target.requested.event_bus_name == "coattail"
    error_message = "A request is not heard."
  }

  assert {
    condition     = aws_lambda_invocation.deployment.function_name == module.function.name && aws_lambda_invocation.deployment.triggers.code_version == var.code_version
    error_message = "A deployment does not make the tables."
  }
}

run "the_rule_may_invoke_it_and_no_other" {
  command = plan

  assert {
    condition     = aws_lambda_permission.requested.principal == "events.amazonaws.com" && aws_lambda_permission.requested.source_arn == "arn:aws:events:us-west-2:123456789012:rule/example"
    error_message = "Another rule could invoke the function."
  }
}

run "the_schedule_invokes_it_by_a_role_that_may_nothing_else" {
  command = plan

  assert {
    condition     = jsondecode(aws_iam_role_policy.schedule.policy).Statement == [{ Sid = "InvokeTheFunction", Effect = "Allow", Action = "lambda:InvokeFunction", Resource = module.function.arn }]
    error_message = "The schedule's role may do more than invoke the function."
  }

  assert {
    condition     = jsondecode(aws_iam_role.schedule.assume_role_policy).Statement[0].Principal.Service == "scheduler.amazonaws.com" && jsondecode(aws_iam_role.schedule.assume_role_policy).Statement[0].Condition.StringEquals == { "aws:SourceAccount" = "123456789012", "aws:SourceArn" = "arn:aws:scheduler:us-west-2:123456789012:schedule-group/example" }
    error_message = "A schedule of another group or account could take the role on."
  }

  assert {
    condition     = aws_scheduler_schedule.hourly.group_name == aws_scheduler_schedule_group.this.name && aws_scheduler_schedule.hourly.target[0].role_arn == aws_iam_role.schedule.arn
    error_message = "The schedule is not in the group that its role trusts."
  }
}

run "it_creates_tables_and_changes_and_deletes_none" {
  command = plan

  assert {
    condition     = !anytrue([for action in flatten([for statement in local.statements : statement.Action]) : strcontains(action, "*") || strcontains(action, "Delete") || strcontains(action, "Update")])
    error_message = "It may touch a table that is there."
  }

  assert {
    condition     = toset(flatten([for statement in local.statements : statement.Resource if contains(flatten([statement.Action]), "s3:PutObject")])) == toset(["arn:aws:s3:::coattail-test-lake/warehouse/*/metadata/*"])
    error_message = "It may write data."
  }

  assert {
    condition     = alltrue(flatten([for statement in local.statements : [for resource in flatten([statement.Resource]) : startswith(resource, "arn:aws:")]]))
    error_message = "A statement names no resource."
  }
}

run "it_reads_the_modules_of_the_tier_and_no_other_parameter" {
  command = plan

  assert {
    condition     = local.settings.CATALOG_LAMBDA_SSM_PREFIX == "/coattail/test" && length(local.named) == 0
    error_message = "It does not make the tables of the tier."
  }

  assert {
    condition     = [for statement in local.statements : statement.Resource if contains(flatten([statement.Action]), "ssm:GetParameter")] == ["arn:aws:ssm:us-west-2:123456789012:parameter/coattail/test/features/modules"]
    error_message = "It may read another parameter than the list of modules, or not this one."
  }

  assert {
    condition     = aws_lambda_invocation.deployment.triggers.modules == "small"
    error_message = "Another tier would have its tables an hour late."
  }
}

run "modules_that_are_named_win" {
  command = plan
  variables { modules = "MOD-001" }

  assert {
    condition     = local.named["CATALOG_LAMBDA_MODULES"] == "MOD-001" && aws_lambda_invocation.deployment.triggers.modules == "MOD-001"
    error_message = "The modules that are named do not reach the function."
  }
}

run "a_module_has_an_id" {
  command = plan
  variables { modules = "volume-anomaly" }
  expect_failures = [var.modules]
}
