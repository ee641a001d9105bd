mock_provider "aws" {
  override_during = plan

  mock_resource "aws_ecr_repository" {
    defaults = {
      arn            = "arn:aws:ecr:us-west-2:123456789012:repository/coattail-test/example"
      repository_url = "123456789012.dkr.ecr.us-west-2.amazonaws.com/coattail-test/example"
    }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/example" }
  }
}

variables {
  name = "example"
  naming = {
    prefix         = "coattail-test"
    parameter_root = "/coattail/test"
    logs_arn       = "arn:aws:logs:us-west-2:123456789012"
    cluster        = { name = "coattail-test", arn = "arn:aws:ecs:us-west-2:123456789012:cluster/coattail-test" }
  }
  environment = {
    region              = "us-west-2"
    account_id          = "123456789012"
    vpc_id              = "vpc-1"
    private_subnet_ids  = ["subnet-1", "subnet-2"]
    private_cidr_blocks = ["10.0.0.0/16"]
  }
  image_tag       = "1.2.3"
  settings        = { EXAMPLE_B = "2", EXAMPLE_A = "1" }
  task_statements = [{ Effect = "Allow", Action = "kinesis:PutRecords", Resource = "arn:aws:kinesis:us-west-2:123456789012:stream/trades" }]
  health_port     = 8080
  desired_count   = 2
}

run "the_container_is_confined" {
  command = plan

  assert {
    condition     = jsondecode(aws_ecs_task_definition.service["all"].container_definitions)[0].user == "10001:10001" && jsondecode(aws_ecs_task_definition.service["all"].container_definitions)[0].readonlyRootFilesystem
    error_message = "The container runs as root or can write its root file system."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.service["all"].container_definitions)[0].stopTimeout == 120
    error_message = "A reclaimed task must have the whole notice to drain."
  }

  assert {
    condition     = tonumber(aws_ecs_task_definition.service["all"].cpu) == 256 && tonumber(aws_ecs_task_definition.service["all"].memory) == 512
    error_message = "A service has 0.25 vCPU and 0.5 GB."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.service["all"].container_definitions)[0].environment == [{ name = "EXAMPLE_A", value = "1" }, { name = "EXAMPLE_B", value = "2" }]
    error_message = "The settings do not reach the container."
  }
}

run "one_task_is_on_demand_and_the_rest_on_spot" {
  command = plan

  assert {
    condition     = one([for s in aws_ecs_service.service["all"].capacity_provider_strategy : s.base if s.capacity_provider == "FARGATE"]) == 1 && one([for s in aws_ecs_service.service["all"].capacity_provider_strategy : s.weight if s.capacity_provider == "FARGATE_SPOT"]) == 1
    error_message = "The capacity providers are not mixed."
  }

  assert {
    condition     = !aws_ecs_service.service["all"].network_configuration[0].assign_public_ip
    error_message = "A task must not have a public address."
  }
}

run "no_role_has_a_wildcard_where_aws_knows_a_resource" {
  command = plan

  assert {
    condition = alltrue(flatten([for policy in [aws_iam_role_policy.execution.policy, aws_iam_role_policy.task.policy] : [
      for statement in jsondecode(policy).Statement : [
        for action in flatten([statement.Action]) : !strcontains(action, "*") && (action == "ecr:GetAuthorizationToken" || !contains(flatten([statement.Resource]), "*"))
      ]
    ]]))
    error_message = "A policy allows more than it must."
  }
}

run "groups_of_tasks_differ_in_their_settings_and_count" {
  command = plan
  variables {
    task_groups = {
      a = { settings = { EXAMPLE_B = "3" }, desired_count = 1 }
      b = { settings = {}, desired_count = 4 }
    }
  }

  assert {
    condition     = { for group, service in aws_ecs_service.service : service.name => service.desired_count } == { example-a = 1, example-b = 4 }
    error_message = "The groups are not services of their own."
  }

  assert {
    condition     = { for group, tasks in aws_ecs_task_definition.service : tasks.family => jsondecode(tasks.container_definitions)[0].environment[1].value } == { coattail-test-example-a = "3", coattail-test-example-b = "2" }
    error_message = "The groups' settings do not reach their containers."
  }
}

run "a_group_whose_tasks_do_not_run_raises_an_alarm_of_its_own" {
  command = plan
  variables {
    task_groups = {
      a = { settings = {}, desired_count = 3 }
      b = { settings = {}, desired_count = 0 }
    }
  }

  assert {
    condition     = { for name, alarm in output.alarms : name => [alarm.dimensions.ServiceName, alarm.threshold] } == { tasks-a = ["example-a", 3] }
    error_message = "A group's tasks may be gone and nobody hears of it."
  }
}

run "nobody_connects_to_a_service_that_serves_nothing" {
  command = plan

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.served) == 0
    error_message = "A port is open."
  }
}

run "a_secret_is_read_by_the_execution_role_alone" {
  command = plan
  variables { secrets = { EXAMPLE_TOKEN = "arn:aws:ssm:us-west-2:123456789012:parameter/coattail/test/token" } }

  assert {
    condition     = strcontains(aws_iam_role_policy.execution.policy, "parameter/coattail/test/token") && !strcontains(aws_iam_role_policy.task.policy, "token")
    error_message = "The secret's grant is not where it belongs."
  }
}

run "a_version_is_wanted_and_not_latest" {
  command = plan
  variables { image_tag = "latest" }
  expect_failures = [var.image_tag]
}
