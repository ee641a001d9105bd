mock_provider "aws" {}

variables {
  service          = "example"
  prefix           = "coattail-test"
  region           = "us-west-2"
  alarm_topic_arns = ["arn:aws:sns:us-west-2:123456789012:on-call"]
  alarms = {
    silent = { description = "Silence", metric = "Received", statistic = "Sum", comparison = "LessThanThreshold", threshold = 1, minutes = 5, missing = "breaching" }
  }
  graphs = [
    { title = "Received", lines = [{ metric = "Received", statistic = "Sum" }] },
    { title = "Stream", lines = [{ namespace = "AWS/Kinesis", metric = "IncomingBytes", dimensions = { StreamName = "trades" }, statistic = "Sum" }] },
  ]
}

run "an_alarm_watches_the_service_and_tells_somebody" {
  command = plan

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["silent"].dimensions.service == "example" && aws_cloudwatch_metric_alarm.this["silent"].namespace == "CoatTail"
    error_message = "The alarm does not watch the service's own metric."
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this["silent"].alarm_actions) == 1 && aws_cloudwatch_metric_alarm.this["silent"].treat_missing_data == "breaching"
    error_message = "Nobody hears of it, or silence goes for health."
  }
}

run "the_dashboard_draws_each_line_with_its_dimensions" {
  command = plan

  assert {
    condition     = jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[1].properties.metrics == [["AWS/Kinesis", "IncomingBytes", "StreamName", "trades", { stat = "Sum" }]]
    error_message = "A line of the dashboard is not as declared."
  }
}

run "what_silence_means_must_be_said" {
  command = plan
  variables {
    alarms = {
      silent = { description = "Silence", metric = "Received", statistic = "Sum", comparison = "LessThanThreshold", threshold = 1, minutes = 5, missing = "ignore" }
    }
  }
  expect_failures = [var.alarms]
}
