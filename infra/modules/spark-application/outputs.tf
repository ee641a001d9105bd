output "application_id" {
  description = "Id of the application, given by AWS."
  value       = aws_emrserverless_application.this.id
}

output "job_role_arn" {
  description = "ARN of the role that jobs run under."
  value       = aws_iam_role.job.arn
}
