# What invokes the function besides a deployment: a schedule, each hour, and a request on the bus. The local cloud keeps the schedule and never fires it.

resource "aws_scheduler_schedule_group" "this" {
  name = "${module.naming.prefix}-${local.service}"
}

resource "aws_scheduler_schedule" "hourly" {
  name                = "hourly"
  group_name          = aws_scheduler_schedule_group.this.name
  description         = "Looks through the catalogue each hour"
  schedule_expression = "rate(1 hour)"

  # Nothing waits for the hour: Scheduler may choose the minute.
  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 5
  }

  target {
    arn      = module.function.arn
    role_arn = aws_iam_role.schedule.arn

    # As a scheduled rule's event names itself; without an input Scheduler sends one of its own, which has no detail-type.
    input = jsonencode({ "detail-type" = "Scheduled Event" })

    # Scheduler tries to hand the event to Lambda: for half an hour, then the next one is near. What the function does with it is Lambda's
    # to retry. No dead-letter queue: each look sees all that the missed one would have.
    retry_policy {
      maximum_event_age_in_seconds = 1800
      maximum_retry_attempts       = 10
    }
  }

  # A schedule whose role may not invoke yet would drop its first events.
  depends_on = [aws_iam_role_policy.schedule]
}

resource "aws_iam_role" "schedule" {
  name        = "${module.naming.prefix}-${local.service}-schedule"
  description = "Lets EventBridge Scheduler invoke ${local.service}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      # Scheduler names the group as the source, never a schedule.
      Condition = { StringEquals = {
        "aws:SourceAccount" = var.environment.account_id
        "aws:SourceArn"     = aws_scheduler_schedule_group.this.arn
      } }
    }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  name = "invoke"
  role = aws_iam_role.schedule.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "InvokeTheFunction"
      Effect   = "Allow"
      Action   = "lambda:InvokeFunction"
      Resource = module.function.arn
    }]
  })
}

resource "aws_cloudwatch_event_rule" "requested" {
  name           = "${module.naming.prefix}-${local.service}-requested"
  description    = "Looks through the catalogue when somebody asks for it"
  event_bus_name = module.naming.bus.name
  event_pattern  = jsonencode({ "detail-type" = ["catalog.requested"] })
}

resource "aws_lambda_permission" "requested" {
  statement_id  = "requested"
  function_name = module.function.name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.requested.arn
}

# The target must not come before the permission to invoke, or the first events are lost.
resource "aws_cloudwatch_event_target" "requested" {
  rule           = aws_cloudwatch_event_rule.requested.name
  event_bus_name = module.naming.bus.name
  target_id      = local.service
  arn            = module.function.arn
  depends_on     = [aws_lambda_permission.requested]
}
