output "repository_url" {
  description = "Where the service's image is pushed."
  value       = module.connector.repository_url
}

output "task_role_arn" {
  description = "ARN of the role that the service works under."
  value       = module.connector.task_role_arn
}
