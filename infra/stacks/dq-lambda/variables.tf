variable "environment" {
  description = "What is the same for every stack of an environment (environments/<name>.tfvars)."
  type = object({
    name             = string
    region           = string
    account_id       = string
    alarm_topic_arns = list(string)
    stream_format    = optional(string, "kinesis")
    kafka            = optional(object({ cluster_arn = string, brokers = string }))
  })

  validation {
    condition     = contains(["kinesis", "kafka"], var.environment.stream_format)
    error_message = "stream_format must be kinesis or kafka."
  }

  validation {
    condition     = var.environment.stream_format != "kafka" || var.environment.kafka != null
    error_message = "With stream_format = \"kafka\", kafka must name the cluster: { cluster_arn = \"…\", brokers = \"host:9098,host:9098\" }."
  }
}

variable "code_version" {
  description = "Version of the service to run."
  type        = string
  default     = "0.1.2"
}

variable "batch_size" {
  description = "The most stream records of one invocation. A record carries up to a hundred trades or more."
  type        = number
  default     = 100

  validation {
    condition     = var.batch_size >= 1 && var.batch_size <= 10000
    error_message = "Lambda takes 1 to 10000 records of Kinesis at a time."
  }
}

variable "parallelization_factor" {
  description = "Batches of a shard that are processed at a time; each market stays in one of them."
  type        = number
  default     = 1

  validation {
    condition     = var.parallelization_factor >= 1 && var.parallelization_factor <= 10
    error_message = "Lambda processes 1 to 10 batches of a shard at a time."
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
