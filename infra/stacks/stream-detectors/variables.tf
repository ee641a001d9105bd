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

variable "image_tag" {
  description = "Version of the workers' image in the stack's repository. Null: the release's own image, as in the local cloud, where the packages lie beside Spark."
  type        = string
  default     = null

  validation {
    condition     = var.image_tag == null || can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+", var.image_tag))
    error_message = "image_tag must be a version like 0.1.0, or null."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 30
}
