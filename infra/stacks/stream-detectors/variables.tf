variable "environment" {
  description = "What is the same for every stack of an environment (environments/<name>.tfvars)."
  type = object({
    name               = string
    region             = string
    account_id         = string
    feature_tier       = string
    vpc_id             = string
    private_subnet_ids = list(string)
    alarm_topic_arns   = list(string)
  })

  validation {
    condition     = contains(["small", "medium", "large"], var.environment.feature_tier)
    error_message = "feature_tier must be small, medium or large."
  }
}

variable "architecture" {
  description = "Processor of the Spark workers: ARM64 or X86_64."
  type        = string
  default     = "ARM64"
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 30
}
