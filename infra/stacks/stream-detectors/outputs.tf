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

output "repository_url" {
  description = "Where the workers' image is pushed."
  value       = module.image.url
}

output "image_uri" {
  description = "The image that the workers run; null where it is the release's own."
  value       = local.image_uri
}
