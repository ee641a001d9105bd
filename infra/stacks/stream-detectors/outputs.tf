output "application_id" {
  description = "Id of the EMR Serverless application."
  value       = module.application.application_id
}

output "job_role_arn" {
  description = "ARN of the role that the job runs under."
  value       = module.application.job_role_arn
}

output "maximum_capacity" {
  description = "The most that the tier may use at a time."
  value       = local.capacity_by_tier[var.environment.feature_tier]
}
