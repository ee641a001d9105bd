variable "environment" {
  description = "What is the same for every stack of an environment (environments/<name>.tfvars)."
  type = object({
    name         = string
    region       = string
    account_id   = string
    feature_tier = string
    symbols      = list(string)
  })

  validation {
    condition     = contains(["small", "medium", "large"], var.environment.feature_tier)
    error_message = "feature_tier must be small, medium or large."
  }

  validation {
    condition     = length(var.environment.symbols) > 0 && alltrue([for market in var.environment.symbols : can(regex("^[a-z]+:[\\p{L}\\p{N}][\\p{L}\\p{N}.]*-[\\p{L}\\p{N}][\\p{L}\\p{N}.]*$", market))])
    error_message = "symbols must be a list like [\"binance:BTC-USDT\", \"coinbase:BTC-USD\"]."
  }

  # The exchanges are those that have a stack.
  validation {
    condition     = alltrue([for market in var.environment.symbols : fileexists("${path.module}/../ingest-${split(":", market)[0]}/main.tf")])
    error_message = "An exchange in symbols has no stack ingest-<exchange> beside this one."
  }

  validation {
    condition     = length(distinct(var.environment.symbols)) == length(var.environment.symbols)
    error_message = "A market stands twice in symbols."
  }

  validation {
    condition     = length(jsonencode(var.environment.symbols)) <= 4096
    error_message = "symbols is longer than a standard SSM parameter holds (4,096 characters as JSON); name markets in the tasks' groups instead, or take another tier."
  }
}

variable "retention_hours" {
  description = "How long the stream keeps a trade: the time a stopped consumer has to come back."
  type        = number
  default     = 24

  validation {
    condition     = var.retention_hours >= 24 && var.retention_hours <= 8760
    error_message = "Kinesis keeps records for 24 to 8760 hours."
  }
}

variable "alert_tap" {
  description = "Whether a queue hears every event of the bus: for demonstrations and end-to-end tests."
  type        = bool
  default     = false
}

variable "disposable" {
  description = "Whether destroying the stack may delete the data in its buckets."
  type        = bool
  default     = false

  validation {
    condition     = !(var.disposable && var.environment.name == "prod")
    error_message = "Production is not disposable: its buckets keep their data when the stack is destroyed."
  }
}
