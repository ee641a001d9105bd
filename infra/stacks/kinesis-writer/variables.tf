variable "environment" {
  description = "What is the same for every stack of an environment (environments/<name>.tfvars)."
  type = object({
    name                = string
    region              = string
    account_id          = string
    vpc_id              = string
    private_subnet_ids  = list(string)
    private_cidr_blocks = list(string)
    alarm_topic_arns    = list(string)
    writers             = optional(number, 1)
    stream_format       = optional(string, "kinesis")
    kafka               = optional(object({ cluster_arn = string, brokers = string }))
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

variable "image_tag" {
  description = "Version of the service to run."
  type        = string
  default     = "0.1.5"
}

variable "spool_gib" {
  description = "GiB of trades that a task keeps on its disk while the stream is away, before connectors wait."
  type        = number
  default     = 4

  validation {
    condition     = var.spool_gib >= 1 && var.spool_gib <= 16
    error_message = "spool_gib must be 1 to 16: a task's disk has 20 GiB, its image included."
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
