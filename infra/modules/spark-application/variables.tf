variable "name" {
  description = "Name of the EMR Serverless application."
  type        = string
}

variable "full_name" {
  description = "Name that is unique in the account, for roles and the security group."
  type        = string
}

variable "account_id" {
  description = "The account whose jobs may take the job role on."
  type        = string
}

variable "release_label" {
  description = "EMR release: fixes the versions of Spark, Iceberg and Python."
  type        = string
  default     = "emr-spark-8.2.0"
}

variable "image_uri" {
  description = "Image of the workers, in ECR and in the application's region: the release's own with what jobs need besides. Null: the release's own."
  type        = string
  default     = null

  validation {
    condition     = var.image_uri == null || can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com/[a-z0-9][a-z0-9/._-]*(:[0-9]+\\.[0-9]+\\.[0-9]+[a-zA-Z0-9._-]*|@sha256:[0-9a-f]{64})$", var.image_uri))
    error_message = "image_uri must be an image in ECR with a version or a digest, like 123456789012.dkr.ecr.us-west-2.amazonaws.com/coattail-dev/stream-detectors:0.1.0."
  }
}

variable "architecture" {
  description = "Processor of the workers."
  type        = string
  default     = "ARM64"

  validation {
    condition     = contains(["ARM64", "X86_64"], var.architecture)
    error_message = "architecture must be ARM64 or X86_64."
  }
}

variable "maximum" {
  description = "The most that all jobs of the application may use at a time: what bounds its cost."
  type        = object({ cpu = string, memory = string, disk = string })

  validation {
    condition     = can(regex("^[0-9]+ vCPU$", var.maximum.cpu)) && alltrue([for size in [var.maximum.memory, var.maximum.disk] : can(regex("^[0-9]+ GB$", size))])
    error_message = "maximum must look like { cpu = \"4 vCPU\", memory = \"16 GB\", disk = \"40 GB\" }."
  }
}

variable "network" {
  description = "Where the workers run: they reach AWS, and a Kafka cluster where that is the source."
  type        = object({ vpc_id = string, private_subnet_ids = list(string) })
}

variable "log_group" {
  description = "Name of the log group, and days that it keeps logs."
  type        = object({ name = string, retention_days = number })
}

variable "logs_arn" {
  description = "ARN that a log group's name follows after `:log-group:`."
  type        = string
}

variable "job_statements" {
  description = "What a job may do besides logging, as IAM statements. Least privilege: exact actions on exact resources."
  type        = any
}
