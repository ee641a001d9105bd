output "repository_url" {
  description = "Where the service's image is pushed."
  value       = module.image.url
}

output "task_role_arn" {
  description = "ARN of the role that the service works under."
  value       = aws_iam_role.task.arn
}

output "security_group_id" {
  description = "The service's security group."
  value       = aws_security_group.service.id
}

output "log_group_name" {
  description = "Where the service logs."
  value       = aws_cloudwatch_log_group.service.name
}
