mock_provider "aws" {}

variables {
  name = "coattail-test-lake"
}

run "nothing_is_public" {
  command = plan

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "Some public access is not blocked."
  }
}

run "objects_are_encrypted" {
  command = plan

  assert {
    condition     = alltrue([for rule in aws_s3_bucket_server_side_encryption_configuration.this.rule : rule.apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"])
    error_message = "The bucket's default encryption is not KMS."
  }
}

run "only_a_versioned_bucket_keeps_old_versions_and_drops_them_in_time" {
  command = plan
  variables { versioned = true }

  assert {
    condition     = length(aws_s3_bucket_versioning.this) == 1 && contains(aws_s3_bucket_lifecycle_configuration.this.rule[*].id, "noncurrent-versions")
    error_message = "A versioned bucket must expire its noncurrent versions."
  }

  assert {
    condition = one([
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.noncurrent_version_expiration[0].noncurrent_days if rule.id == "noncurrent-versions"
    ]) == 30
    error_message = "An earlier version is kept for thirty days unless told otherwise."
  }

  assert {
    condition = one([
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.expiration[0].expired_object_delete_marker if rule.id == "noncurrent-versions"
    ])
    error_message = "Delete markers would pile up."
  }
}

run "an_unversioned_bucket_has_no_versioning" {
  command = plan

  assert {
    condition     = length(aws_s3_bucket_versioning.this) == 0 && aws_s3_bucket.this.force_destroy == false
    error_message = "A plain bucket must be unversioned and keep its data when destroyed."
  }
}
