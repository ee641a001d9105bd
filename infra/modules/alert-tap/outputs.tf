output "queue_url" {
  description = "Where to receive the events."
  value       = aws_sqs_queue.tap.url
}
