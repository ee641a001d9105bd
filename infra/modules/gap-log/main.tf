# What the connectors say of gaps, kept for as long as anybody may ask whether the record is whole: `./task audit -- --gap-log`.

resource "aws_cloudwatch_log_group" "gaps" {
  # EventBridge writes to groups below /aws/events/ alone.
  name              = "/aws/events/${var.name}"
  retention_in_days = 3653
}

resource "aws_cloudwatch_event_rule" "gaps" {
  name           = var.name
  description    = "Trades that were missed, and those that were filled in"
  event_bus_name = var.bus_name
  event_pattern = jsonencode({
    source      = [{ prefix = "coattail." }]
    detail-type = ["trades.gap_detected", "trades.gap_filled"]
  })
}

resource "aws_cloudwatch_event_target" "gaps" {
  rule           = aws_cloudwatch_event_rule.gaps.name
  event_bus_name = var.bus_name
  target_id      = "gap-log"
  arn            = aws_cloudwatch_log_group.gaps.arn

  # A target must not come before the permission to deliver to it, or the first events are lost.
  depends_on = [aws_cloudwatch_log_resource_policy.gaps]
}

resource "aws_cloudwatch_log_resource_policy" "gaps" {
  policy_name = var.name
  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "DeliveryFromTheBus"
      Effect    = "Allow"
      Principal = { Service = ["events.amazonaws.com", "delivery.logs.amazonaws.com"] }
      Action    = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource  = "${aws_cloudwatch_log_group.gaps.arn}:*"
    }]
  })
}
