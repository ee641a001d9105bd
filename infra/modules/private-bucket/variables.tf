variable "name" {
  description = "Name of the bucket, unique in all of S3."
  type        = string
}

variable "versioned" {
  description = "Whether overwritten and deleted objects are kept for `noncurrent_days`."
  type        = bool
  default     = false
}

variable "noncurrent_days" {
  description = "Days that an object's earlier versions are kept where the bucket is versioned."
  type        = number
  default     = 30

  validation {
    condition     = var.noncurrent_days >= 1
    error_message = "noncurrent_days must be at least 1."
  }
}

variable "force_destroy" {
  description = "Whether destroying the stack deletes the objects too. Only where they can be made again."
  type        = bool
  default     = false
}
