output "name" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.this.id
}

output "arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}

output "protection" {
  description = "What keeps the objects: whether earlier versions are kept, and whether destroying the stack deletes them all."
  value = {
    versioned     = length(aws_s3_bucket_versioning.this) == 1
    force_destroy = aws_s3_bucket.this.force_destroy
  }
}
