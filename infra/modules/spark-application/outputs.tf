output "application_id" {
  description = "Id of the application, given by AWS."
  value       = aws_emrserverless_application.this.id
}

output "application_arn" {
  description = "ARN of the application: what a repository's policy names to let it pull its image."
  value       = aws_emrserverless_application.this.arn
}

output "job_role_arn" {
  description = "ARN of the role that jobs run under."
  value       = aws_iam_role.job.arn
}
