mock_provider "aws" {
  override_during = plan

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-west-2:123456789012:log-group:/coattail/test/detectors" }
  }
}

variables {
  name           = "coattail-detectors"
  full_name      = "coattail-test-detectors"
  account_id     = "123456789012"
  maximum        = { cpu = "4 vCPU", memory = "16 GB", disk = "40 GB" }
  network        = { vpc_id = "vpc-1", private_subnet_ids = ["subnet-1", "subnet-2"] }
  log_group      = { name = "/coattail/test/detectors", retention_days = 30 }
  logs_arn       = "arn:aws:logs:us-west-2:123456789012"
  job_statements = []
}

run "it_starts_with_its_first_job_and_stops_when_idle" {
  command = plan

  assert {
    condition     = aws_emrserverless_application.this.auto_start_configuration[0].enabled && aws_emrserverless_application.this.auto_stop_configuration[0].enabled
    error_message = "An idle application must cost nothing."
  }

  assert {
    condition     = aws_emrserverless_application.this.release_label == "emr-spark-8.2.0" && length(aws_emrserverless_application.this.initial_capacity) == 0
    error_message = "The release is not the tested one, or workers are kept waiting at a price."
  }
}

run "its_maximum_bounds_processors_memory_and_disk" {
  command = plan

  assert {
    condition     = aws_emrserverless_application.this.maximum_capacity[0].cpu == "4 vCPU" && aws_emrserverless_application.this.maximum_capacity[0].memory == "16 GB" && aws_emrserverless_application.this.maximum_capacity[0].disk == "40 GB"
    error_message = "Something of what a worker has is without a bound."
  }
}

run "a_maximum_of_disk_is_in_the_units_of_emr" {
  command = plan
  variables { maximum = { cpu = "4 vCPU", memory = "16 GB", disk = "40" } }
  expect_failures = [var.maximum]
}

run "its_workers_run_the_releases_own_image_unless_told" {
  command = plan

  assert {
    condition     = length(aws_emrserverless_application.this.image_configuration) == 0
    error_message = "There is an image that nobody asked for."
  }
}

run "its_workers_run_the_image_that_is_named" {
  command = plan
  variables { image_uri = "123456789012.dkr.ecr.us-west-2.amazonaws.com/coattail-test/detectors:1.2.3" }

  assert {
    condition     = aws_emrserverless_application.this.image_configuration[0].image_uri == "123456789012.dkr.ecr.us-west-2.amazonaws.com/coattail-test/detectors:1.2.3"
    error_message = "The image does not reach the application."
  }
}

run "an_image_has_a_version_and_not_latest" {
  command = plan
  variables { image_uri = "123456789012.dkr.ecr.us-west-2.amazonaws.com/coattail-test/detectors:latest" }
  expect_failures = [var.image_uri]
}

run "only_jobs_of_this_account_take_the_role_on" {
  command = plan

  assert {
    condition     = jsondecode(aws_iam_role.job.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "Another account's jobs could take the role on."
  }
}

run "a_maximum_is_in_the_units_of_emr" {
  command = plan
  variables { maximum = { cpu = "4", memory = "16", disk = "40" } }
  expect_failures = [var.maximum]
}
