# What invokes the function besides a deployment. Rules and not schedules of EventBridge Scheduler, which the local cloud never fires.

resource "aws_cloudwatch_event_rule" "hourly" {
  name                = "${module.naming.prefix}-${local.service}-hourly"
  description         = "Looks through the catalogue each hour"
  schedule_expression = "rate(1 hour)"
}

resource "aws_cloudwatch_event_rule" "requested" {
  name           = "${module.naming.prefix}-${local.service}-requested"
  description    = "Looks through the catalogue when somebody asks for it"
  event_bus_name = module.naming.bus.name
  event_pattern  = jsonencode({ "detail-type" = ["catalog.requested"] })
}

resource "aws_lambda_permission" "hourly" {
  statement_id  = "hourly"
  function_name = module.function.name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.hourly.arn
}

resource "aws_lambda_permission" "requested" {
  statement_id  = "requested"
  function_name = module.function.name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.requested.arn
}

# Targets must not come before the permission to invoke, or the first events are lost.
resource "aws_cloudwatch_event_target" "hourly" {
  rule       = aws_cloudwatch_event_rule.hourly.name
  target_id  = local.service
  arn        = module.function.arn
  depends_on = [aws_lambda_permission.hourly]
}

resource "aws_cloudwatch_event_target" "requested" {
  rule           = aws_cloudwatch_event_rule.requested.name
  event_bus_name = module.naming.bus.name
  target_id      = local.service
  arn            = module.function.arn
  depends_on     = [aws_lambda_permission.requested]
}
