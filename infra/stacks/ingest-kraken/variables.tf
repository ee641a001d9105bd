variable "environment" {
  description = "What is the same for every stack of an environment (environments/<name>.tfvars)."
  type = object({
    name                = string
    region              = string
    account_id          = string
    symbols             = list(string)
    vpc_id              = string
    private_subnet_ids  = list(string)
    private_cidr_blocks = list(string)
    alarm_topic_arns    = list(string)
  })

  validation {
    condition     = anytrue([for market in var.environment.symbols : startswith(market, "kraken:")])
    error_message = "No market of Kraken is among the environment's symbols: leave the stack out."
  }
}

variable "image_tag" {
  description = "Version of the service to run."
  type        = string
  default     = "0.1.0"
}

variable "desired_count" {
  description = "Tasks that run at all times."
  type        = number
  default     = 1
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
