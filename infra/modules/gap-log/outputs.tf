output "log_group" {
  description = "Where the events are."
  value       = aws_cloudwatch_log_group.gaps.name
}
