variable "exchange" {
  description = "The exchange's name in trades and in the list of markets: coinbase. The service is ingest-<exchange>, its settings INGEST_<EXCHANGE>_…"
  type        = string

  validation {
    condition     = can(regex("^[a-z]+$", var.exchange))
    error_message = "An exchange's name has small letters only."
  }
}

variable "title" {
  description = "The exchange's name for people: Coinbase."
  type        = string
}

variable "health_port" {
  description = "Port of the connector's health endpoints, inside the task."
  type        = number
}

variable "exchange_ports" {
  description = "Ports that the exchange's feed and REST are called at."
  type        = list(number)
  default     = [443]
}

variable "naming" {
  description = "The outputs of modules/naming."
  type = object({
    prefix         = string
    parameter_root = string
    features_arn   = string
    logs_arn       = string
    cluster        = object({ name = string, arn = string })
    cursors        = object({ name = string, arn = string })
    bus            = object({ name = string, arn = string })
    writer         = object({ url = string, port = number, token_parameter_arn = string })
  })
}

variable "environment" {
  description = "The environment that the connector runs in."
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
    condition     = anytrue([for market in var.environment.symbols : startswith(market, "${var.exchange}:")])
    error_message = "No market of ${var.title} is among the environment's symbols: leave the stack out."
  }
}

variable "image_tag" {
  description = "Version of the service to run."
  type        = string
}

variable "task_groups" {
  description = "How tasks divide the markets between them, by group: the symbols that its tasks carry (<exchange>:BASE-QUOTE; null for all of the list, as it changes), and how many tasks. Without any, desired_count tasks carry all."
  type        = map(object({ symbols = optional(list(string)), desired_count = optional(number, 1) }))
  default     = {}

  validation {
    condition     = alltrue([for group, tasks in var.task_groups : tasks.symbols == null ? true : length(tasks.symbols) > 0 && alltrue([for market in tasks.symbols : startswith(market, "${var.exchange}:")])])
    error_message = "A group's symbols must be a list like [\"${var.exchange}:BASE-QUOTE\"]; leave them out for all."
  }
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
