output "stream_arn" {
  description = "ARN of the stream of trades."
  value       = aws_kinesis_stream.trades.arn
}

output "bucket_names" {
  description = "The buckets by purpose."
  value = {
    lake         = module.lake.name
    checkpoints  = module.checkpoints.name
    artifacts    = module.artifacts.name
    dead_letters = module.dead_letters.name
  }
}

output "bus_arn" {
  description = "ARN of the bus of alerts and events."
  value       = aws_cloudwatch_event_bus.events.arn
}

output "gap_log" {
  description = "The log group that keeps what was said of gaps."
  value       = module.gap_log.log_group
}

output "alert_tap_url" {
  description = "The queue that hears every event, where there is one."
  value       = one(module.alert_tap[*].queue_url)
}
