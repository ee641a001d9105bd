variable "environment" {
  description = "What is the same for every stack of an environment (environments/<name>.tfvars)."
  type = object({
    name             = string
    region           = string
    account_id       = string
    feature_tier     = string
    alarm_topic_arns = list(string)
  })
}

variable "code_version" {
  description = "Version of the service to run."
  type        = string
  default     = "0.1.3"
}

variable "modules" {
  description = "The modules whose tables are made: their ids with commas between them, or all. Null: those of the tier, which the platform's stack lists in the parameter features/modules."
  type        = string
  default     = null

  validation {
    condition     = var.modules == null || can(regex("^(all|MOD-[0-9]{3}(,MOD-[0-9]{3})*)$", var.modules))
    error_message = "modules must be null, all, or a list like MOD-001,MOD-002."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 30
}

variable "environment_variables" {
  description = "Settings of the service that differ from what this stack gives it, as environment variables."
  type        = map(string)
  default     = {}
}
