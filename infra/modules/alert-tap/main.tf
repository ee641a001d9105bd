# A queue that hears everything the bus says, so that a demonstration or an end-to-end test can read along.

resource "aws_sqs_queue" "tap" {
  name                      = var.name
  message_retention_seconds = 3600
  receive_wait_time_seconds = 20
  sqs_managed_sse_enabled   = true
}

resource "aws_cloudwatch_event_rule" "everything" {
  name           = var.name
  description    = "Every event of Coat Tail, for the tap"
  event_bus_name = var.bus_name
  event_pattern  = jsonencode({ source = [{ prefix = "coattail." }] })
}

resource "aws_cloudwatch_event_target" "tap" {
  rule           = aws_cloudwatch_event_rule.everything.name
  event_bus_name = var.bus_name
  target_id      = "alert-tap"
  arn            = aws_sqs_queue.tap.arn

  # A target must not come before the permission to deliver to it, or the first events are lost.
  depends_on = [aws_sqs_queue_policy.tap]
}

resource "aws_sqs_queue_policy" "tap" {
  queue_url = aws_sqs_queue.tap.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "DeliveryFromTheBus"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.tap.arn
      Condition = { ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.everything.arn } }
    }]
  })
}
