variable "name" {
  description = "The service's name, which is its folder in the bucket of artifacts and the dimension of its metrics."
  type        = string
}

variable "naming" {
  description = "The names of the environment (module naming)."
  type = object({
    prefix   = string
    logs_arn = string
    buckets  = map(object({ name = string, arn = string }))
  })
}

variable "description" {
  description = "What the function is for, for who looks through the account."
  type        = string
}

variable "handler" {
  description = "Where the function begins: <module>.<function>."
  type        = string
}

variable "code_version" {
  description = "Version of the code to run: artifacts/<name>/<version>.zip."
  type        = string

  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+", var.code_version))
    error_message = "code_version must be a version like 0.1.0."
  }
}

variable "settings" {
  description = "The service's settings, as environment variables."
  type        = map(string)
}

variable "statements" {
  description = "What the function may do, as statements of an IAM policy."
  type        = any
}

variable "memory_size" {
  description = "Megabytes; Lambda gives processor time in proportion, one core at 1,769."
  type        = number
}

variable "timeout" {
  description = "Seconds after which an invocation is ended."
  type        = number

  validation {
    condition     = var.timeout >= 1 && var.timeout <= 900
    error_message = "Lambda ends an invocation after 900 seconds at the latest."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
}
