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
    writers             = optional(number, 1)
  })

  validation {
    condition     = anytrue([for market in var.environment.symbols : startswith(market, "coinbase:")])
    error_message = "No market of Coinbase is among the environment's symbols: leave the stack out."
  }
}

variable "image_tag" {
  description = "Version of the service to run."
  type        = string
  default     = "0.1.6"
}

variable "task_groups" {
  description = "How tasks divide the markets between them, by group: the symbols that its tasks carry (coinbase:BASE-QUOTE; null for all of the list, as it changes), and how many tasks. Without any, desired_count tasks carry all."
  type        = map(object({ symbols = optional(list(string)), desired_count = optional(number, 1) }))
  default     = {}

  validation {
    condition     = alltrue([for group, tasks in var.task_groups : tasks.symbols == null ? true : length(tasks.symbols) > 0 && alltrue([for market in tasks.symbols : startswith(market, "coinbase:")])])
    error_message = "A group's symbols must be a list like [\"coinbase:BASE-QUOTE\"]; leave them out for all."
  }
}

variable "shared_symbols" {
  description = "Markets that several groups carry on purpose, so that the loss of one goes unnoticed: `python -m infra.offline symbols` tells of others."
  type        = list(string)
  default     = []
}

variable "desired_count" {
  description = "Tasks that run at all times, where they are not divided into groups."
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
